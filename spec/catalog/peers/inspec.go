package peers

// inspec has every resource of InSpec's core, version 7, with its properties and matchers.
const inspec = `
aide_conf                              | file.lines, config "PATH"            | the rule language of one tool
apache mysql postgres oracle cassandra | -                                    | helpers that guess paths
apache_conf                            | config "/etc/apache2/apache2.conf"   | includes are followed, blocks stay apart
  params                               | .values
  modules                              | settings.modules
apt ppa                                | repository "URL"                     | or ppa:OWNER/NAME
  exist                                | .exists
  be_enabled                           | .enabled
audit_policy chocolatey_package oneget | -                                    | Windows is not a target
powershell script                      | -                                    | Windows is not a target
registry_key windows_registry_key      | -                                    | Windows is not a target
security_identifier                    | -                                    | Windows is not a target
security_policy vbscript wmi           | -                                    | Windows is not a target
mssql_sys_conf                         | -                                    | Windows is not a target
iis_app iis_app_pool iis_site          | -                                    | Windows is not a target
iis_website windows_feature            | -                                    | Windows is not a target
windows_firewall windows_firewall_rule | -                                    | Windows is not a target
windows_hotfix windows_task            | -                                    | Windows is not a target
auditd                                 | audit "this"
  file list action fields fields_nokey | .rules, audit_rules.where
  syscall key arch path permissions    | .rules, audit_rules.where
  exit                                 | .rules, audit_rules.where
  lines                                | .rules
  where                                | audit_rules.where
  status                               | .enabled, .running, .failure, .backlog_limit
auditd_conf                            | config "/etc/audit/auditd.conf"
bash ksh                               | command "LINE"
  exit_status stdout stderr            | =                                    | command.shell chooses the shell
  shell:                               | .shell
bond                                   | interface "NAME"
  exist                                | .exists
  have_interface interfaces            | .members
  mode                                 | .mode
  params content                       | file "/proc/net/bonding/bond0", file.content
bridge                                 | interface "NAME"
  exist                                | .exists
  have_interface interfaces            | .members
bsd_service launchd_service            | -                                    | BSD and macOS are not targets
cassandradb_conf                       | config "PATH"
cassandradb_session mssql_session oracledb_session | command "LINE"                       | clients that few hosts have
cgroup                                 | cgroup "PATH"
  its('KEY')                           | .values                              | a map: each key is a promise
chrony_conf ntp_conf                   | config "PATH"
  its('KEY')                           | .values, clock.sources, clock.synchronized | the clock shows the effect
command                                | command "LINE"
  exit_status stdout stderr            | =
  timeout                              | .timeout
  exist                                | program.exists
  redact_regex:                        | sensitive                            | an argument of every block
cpan                                   | package "NAME" with .manager = "cpan"
  be_installed                         | .installed
  version                              | .version
gem                                    | package "NAME" with .manager = "gem"
  be_installed                         | .installed
  version                              | .version
  versions                             | .versions
npm                                    | package "NAME" with .manager = "npm"
  be_installed                         | .installed
  version                              | .version
pip                                    | package "NAME" with .manager = "pip"
  be_installed                         | .installed
  version                              | .version
cran                                   | command "Rscript -e EXPRESSION"
cron crontab                           | cron "USER"
  have_entry table                     | .jobs
  commands                             | .commands
  minutes hours days months weekdays   | .jobs, cron_jobs.where
  users                                | cron "USER", cron_jobs.where         | the label is the user
  content                              | .jobs
csv ini json toml xml yaml             | config "PATH"                        | the suffix chooses the format
  its('KEY')                           | .values, .value
  path                                 | config "PATH"                        | the label
  content:                             | value.of
  command:                             | command.stdout = jq(".path", ...)    | or csv, ini, toml, xml, yaml
default_gateway                        | route "default"
  ipaddress                            | .gateways
  interface                            | .interfaces
dh_params                              | key "PATH"
  prime_length                         | .bits
  valid                                | .valid
  generator modulus pem text           | command "openssl dhparam -text -in PATH"
directory                              | directory "PATH"
etc_fstab                              | fstab "MOUNT POINT"
  be_configured                        | .exists
  device_name                          | .source
  mount_point                          | fstab "MOUNT POINT"                  | the label
  file_system_type                     | .filesystem
  mount_options                        | .options
  dump_options                         | .dump
  file_system_options                  | .pass
  nfs_file_systems                     | fstab_entries.where                  | filesystem = starts_with("nfs")
  home_mount_options                   | .options                             | of the block "/home"
etc_group                              | group "NAME"
  groups gids users                    | groups.names, groups.where
  where                                | groups.where
passwd                                 | user "NAME"
  users uids gids homes shells         | users.names, users.where
  where                                | users.where
shadow                                 | user "NAME"
  users                                | users.names
  where                                | users.where
  passwords                            | .password, .password_hash            | the hash is compared on the target
  last_changes                         | .password_changed
  min_days                             | .password_min_days
  max_days                             | .password_max_days
  warn_days                            | .password_warn_days
  inactive_days                        | .inactive_days
  expiry_dates                         | .expires
  reserved                             | -                                    | a field without a meaning
etc_hosts                              | hosts_entry "NAME"
  ip_address                           | .addresses
  primary_name                         | .canonical
  all_host_names                       | .aliases
etc_hosts_allow etc_hosts_deny         | config "PATH" with .format = "table"
  daemon client_list options           | .values
file                                   | file "PATH"
  exist                                | .exists
  be_file be_directory be_symlink      | .type
  be_pipe be_socket be_block_device    | .type
  be_character_device                  | .type = "char_device"
  type                                 | .type
  mode owner group uid gid size        | =
  content                              | =
  be_owned_by                          | .owner
  be_grouped_into                      | .group
  be_readable                          | .readable_by
  be_writable                          | .writable_by
  be_executable                        | .executable_by
  be_allowed                           | .readable_by, .writable_by, .executable_by
  be_immutable                         | .immutable
  be_mounted                           | mount.mounted
  be_setuid suid                       | .setuid
  be_setgid sgid                       | .setgid
  be_sticky sticky                     | .sticky
  be_more_permissive_than              | .at_most                             | for should_not
  be_linked_to link_path               | .target                              | as written, not resolved
  shallow_link_path                    | .target                              | as written, not resolved
  mtime                                | .modified
  md5sum                               | .md5
  sha256sum                            | .sha256
  selinux_label                        | .selinux_label
  basename source                      | -                                    | they repeat what the block writes
  be_inherited user_permissions        | -                                    | Windows is not a target
  product_version file_version         | -                                    | Windows is not a target
filesystem                             | mount "PATH" with .enclosing = true
  size_kb                              | .size                                | in bytes
  free_kb                              | .free                                | in bytes
  percent_free                         | .usage                               | the used part
  type                                 | .filesystem
  name                                 | mount "PATH"                         | the label
firewalld                              | firewalld "ZONE"
  be_installed                         | package.installed
  be_running                           | .running
  default_zone                         | .default
  have_zone                            | .exists
  have_service_enabled_in_zone         | .services
  services                             | .services
  have_port_enabled_in_zone ports      | .ports
  have_rule_enabled rich_rules         | .rich_rules
  interfaces sources target protocols  | =
  forward_ports source_ports           | =
  icmp_blocks masquerade               | =
  service_ports_enabled_in_zone        | config "/usr/lib/firewalld/services/NAME.xml"
  service_protocols_enabled_in_zone    | config "/usr/lib/firewalld/services/NAME.xml"
  icmp_block_inversion                 | config "/etc/firewalld/zones/ZONE.xml" | rare
group                                  | group "NAME"
  exist                                | .exists
  gid members                          | =
  members_array                        | .members
  local                                | .local
  domain                               | -                                    | Windows is not a target
groups                                 | groups "TITLE"
  names                                | .names
  gids members                         | .where, .every
  domains                              | -                                    | Windows is not a target
grub_conf                              | boot "this"
  its('KEY')                           | .arguments, .next_arguments, config "/etc/default/grub"
host                                   |
  be_resolvable                        | dns.resolves
  be_reachable                         | ping.answers, reachable.reachable    | with a port, reachable
  ipaddress                            | dns.addresses
  ipv4_address                         | dns.addresses with .type = "A"
  ipv6_address                         | dns.addresses with .type = "AAAA"
  connection socket                    | -                                    | raw text of the tools that InSpec runs
http                                   | http "URL"
  status                               | .status
  headers                              | .headers_seen
  body                                 | .content
  method proxy                         | =
  params                               | http "URL"                           | in the URL
  auth                                 | .user, .password
  data                                 | .body
  open_timeout read_timeout            | .timeout
  max_redirects                        | .follow
  ssl_verify                           | .insecure                            | the contrary
inetd_conf                             | config "/etc/inetd.conf" with .format = "table"
xinetd_conf                            | file "PATH", file.content            | dead: no distribution ships it
interface                              | interface "NAME"
  exist                                | .exists
  be_up up                             | .up
  name                                 | interface "NAME"                     | the label
  speed                                | .speed
  ipv4_address ipv4_addresses          | .ipv4
  ipv6_addresses                       | .ipv6
  ipv4_cidrs ipv6_cidrs                | .addresses                           | with the prefix
  ipv4_addresses_netmask               | .addresses = contains(cidr("192.0.2.0/24"))
interfaces                             | interfaces "TITLE"
  names                                | .names
  ipv4_address                         | .where
iptables                               | iptables "TABLE/CHAIN"
  have_rule                            | .rules = contains("...")
  ignore_comments                      | .rules = contains(matches("..."))
ip6tables                              | iptables "TABLE/CHAIN" with .family = "ipv6"
  have_rule                            | .rules = contains("...")
  ignore_comments                      | .rules = contains(matches("..."))
ipfilter ipnat                         | -                                    | Linux does not have it
  have_rule                            | -                                    | Linux does not have it
kernel_module                          | kernel_module "NAME"
  loaded disabled blacklisted version  | =
kernel_parameter linux_kernel_parameter | kernel_parameter "NAME"
  value                                | .value
kernel_parameters                      | kernel_parameters "TITLE"
  parameters                           | .names
  values                               | .where, .every
key_rsa                                | key "PATH"
  private public_key                   | =
  public                               | .private                             | the contrary
  key_length                           | .bits
  private_key                          | -                                    | private keys never leave the target
limits_conf                            | limit "DOMAIN"
  its('DOMAIN')                        | .soft, .hard
linux_audit_system                     | audit "this"
  be_enabled                           | .enabled                             | locked (2) is enabled, too
  be_running                           | .running
  rules                                | .rules
login_defs                             | config "/etc/login.defs"
  its('KEY')                           | .values
lxc                                    | guest "NAME" with .manager = "lxd"   | InSpec's lxc is LXD
  exist                                | .exists
  be_running                           | .running
  status                               | .state
  name                                 | guest "NAME"                         | the label
  type architecture pid created_at     | command "lxc info NAME"
  last_used_at resources               | command "lxc info NAME"
mail_alias                             | mail_alias "ALIAS"
  be_aliased_to                        | .recipients = contains("...")
mount                                  | mount "PATH"
  be_mounted mounted                   | .mounted
  device                               | .source
  type                                 | .filesystem
  options                              | .options
  count                                | .depth
mysql_conf | config "/etc/mysql/my.cnf", settings "mysql" | settings has the result of all files
  params                               | config.values, settings.values
mysql_session postgres_session         | sql "QUERY"
  query                                | sql "QUERY"                          | the label
  output stdout                        | .value, .rows
  lines                                | .rows, .count
  stderr exit_status                   |  | not needed: after an error, all is unknown
nftables                               | nftables "FAMILY/TABLE/CHAIN"
  have_rule                            | .rules = contains("...")
  have_element                         | .elements = contains("...")
  flags hook policy type               | =
  prio                                 | .priority
  size                                 | -                                    | a capacity that says nothing about rules
nginx                                  | settings "nginx"
  version modules                      | =
  openssl_version compiler_info        | command "nginx -V"
  support_info                         | command "nginx -V"
  bin_dir *_path                       | command "nginx -V"
nginx_conf                             | config "/etc/nginx/nginx.conf"
  params http servers locations        | .values                              | a path of jq over the tree
noop                                   | -                                    | does nothing
oracledb_conf oracledb_listener_conf   | config "PATH"
os platform sys_info                   |  | a fact, such as only_if = host.arch == "x86_64"
  family                               | host.os.family
  name                                 | host.os.id
  release                              | host.os.version
  arch                                 | host.arch
  hostname                             | host.name
  fqdn domain manufacturer model       | host.fqdn, host.domain, host.manufacturer, host.model
virtualization                         |                                      | the fact host.virtualization
  system                               | host.virtualization
os_env                                 | environment "NAME"
  content                              | .value
  split                                | .value = matches("...")
package                                | package "NAME"
  installed held version               | =
  latest latest_version                | .candidate                           | from the lists that the host has
packages                               | packages "TITLE"
  names                                | .names
  statuses versions architectures      | .where, .every
parse_config parse_config_file         | config "PATH"
  its('KEY')                           | .values
  assignment_regex:                    | .separator
  comment_char:                        | .comment
php_config                             | settings "php"
  its('KEY')                           | .values
port                                   | port "NUMBER"
  listening be_listening               | .listening
  addresses                            | =
  protocols                            | .protocol
  processes                            | .process
  pids                                 | .pids
  ports                                | ports
postfix_conf                           | settings "postfix"
  params                               | .values
postgres_conf                          | config "PATH", settings "postgres"   | settings has the result of all files
  params                               | config.values, settings.values
postgres_hba_conf postgres_ident_conf  | config "PATH" with .format = "table"
  params                               | .values                              | a path of jq over the rows
processes                              | processes "TITLE"
  pids                                 | process.pids
  mem vsz rss                          | process.memory
  states                               | process.states
  start                                | process.started
  time                                 | process.elapsed
  users                                | process.users
  commands                             | process.args_seen
  entries                              | .where
  labels cpus tty                      | command "ps -o label,pcpu,tty -C NAME"
routing_table                          | route "DESTINATION"
  have_entry                           | .exists, .gateways, .interfaces
systemd_service                        | service "NAME"
runit_service                          | service "NAME" with .manager = "runit"
sysv_service                           | service "NAME" with .manager = "sysv"
upstart_service                        | -                                    | dead
service                                | service "NAME"
  installed                            | .exists
  enabled running runlevels            | =
  params                               | .properties                          | a map: each key is a promise
  type                                 | .properties                          | properties = { Type = "forking" }
  description                          | .properties                          | properties = { Description = "..." }
  name                                 | service "NAME"                       | the label
  startname                            | .user
selinux                                | selinux "this"
  installed                            | package.installed
  disabled                             | .mode = "disabled"
  enforcing                            | .mode = "enforcing"
  permissive                           | .mode = "permissive"
  policy modules booleans              | =
sshd_config sshd_active_config         | settings "sshd"                      | the file alone: config
  params its('KEY')                    | .values
ssh_config                             | settings "ssh"                       | the file alone: config
  params its('KEY')                    | .values
ssh_key                                | key "PATH"
  private type                         | =
  public                               | .private                             | the contrary
  key_length                           | .bits
ssl                                    | tls "HOST:PORT"
  be_enabled                           | .versions
  protocols                            | .versions
  ciphers                              | .ciphers
  handshake                            | .versions, .ciphers
timezone                               | clock "this"
  identifier                           | .timezone
  name time_offset                     | -                                    | they follow from the time zone
user                                   | user "NAME"
  exist                                | .exists
  uid gid groups home shell            | =
  username                             | user "NAME"                          | the label
  group                                | .primary_group
  mindays                              | .password_min_days
  maxdays                              | .password_max_days
  warndays                             | .password_warn_days
  lastlogin                            | .last_login
  badpasswordattempts                  | .failed_logins
  passwordage                          | .password_changed
  domain userflags maxbadpasswords     | -                                    | Windows is not a target
users                                  | users "TITLE"
  usernames                            | .names
  uids gids groups homes shells        | .where, .every
  lastlogin                            | user.last_login
  badpasswordattempts                  | user.failed_logins
  passwordage                          | user.password_changed
  domain userflags maxbadpasswords     | -                                    | Windows is not a target
x509_certificate                       | certificate "PATH"
  be_certificate                       | .exists
  be_valid                             | .valid
  validity_in_days                     | .days_left
  subject issuer serial email          | =
  not_before not_after                 | =
  subject_dn                           | .subject
  issuer_dn                            | .issuer
  fingerprint                          | .fingerprint                         | SHA-256, not SHA-1
  key_length                           | .key_bits
  subject_alt_names                    | .names
  signature_algorithm                  | .signature
  have_purpose                         | .purposes = contains("...")
  extensions                           | .extensions
  public_key                           | -                                    | the fingerprint identifies it
x509_private_key                       | key "PATH"
  be_valid                             | .valid
  be_encrypted                         | .encrypted
  have_matching_certificate            | .matches_certificate with .certificate = "PATH"
yum                                    | repository "ID"
  repos                                | repositories.names
  repo                                 | repository "ID"                      | the label
  exist                                | .exists
  be_enabled enabled                   | .enabled
  baseurl mirrors                      | .url
  filename                             | .file
  expire status                        | .enabled, .exists
  pkgs size updated                    | -                                    | needs the index, over the network
zfs zfs_dataset                        | zfs "NAME"
  exist                                | .exists
  be_mounted                           | .mounted
  its('PROPERTY')                      | .properties
zfs_pool                               | zfs "NAME" with .kind = "pool"
  exist                                | .exists
  its('PROPERTY')                      | .properties
docker docker_container                | docker_container "NAME"              | moved out of InSpec's core
  exist                                | .exists
  be_running                           | .running
docker_image                           | docker_image "NAME"                  | moved out of InSpec's core
docker_plugin docker_service           | command "docker inspect NAME"        | moved out of InSpec's core
podman podman_container                | podman_container "NAME"              | moved out of InSpec's core
podman_image                           | podman_image "NAME"                  | moved out of InSpec's core
podman_network                         | podman_network "NAME"                | moved out of InSpec's core
podman_volume                          | podman_volume "NAME"                 | moved out of InSpec's core
podman_pod                             | command "podman pod inspect NAME"    | moved out of InSpec's core
mongodb mongodb_conf                   | config "/etc/mongod.conf"            | moved out of InSpec's core
mongodb_session                        | command "mongosh --eval EXPRESSION"  | moved out of InSpec's core
elasticsearch ibmdb2_conf              | -                                    | moved out of InSpec's core
ibmdb2_session                         | -                                    | moved out of InSpec's core
opa_api opa_cli rabbitmq_config        | -                                    | moved out of InSpec's core
sybase_conf sybase_session             | -                                    | moved out of InSpec's core
redis | config "/etc/redis/redis.conf", command "redis-cli CONFIG GET KEY" | never was in the core
control                                | describe "TITLE"
  title                                | title
  desc                                 | why
  tag                                  | tags
  only_if                              | only_if
  impact                               | tags
  ref                                  | why
context                                | describe "TITLE"
it                                     |                                      | a promise as an argument of its resource
  its                                  |                                      | a promise as an argument of its resource
(tables)                               |                                      | resources with where, such as users
  where                                | users.where                          | of every plural
  entries                              | users.names
  count                                | users.count
(matchers)                             |
  cmp                                  | ignore_case("...") | literals are read by the attribute's type
  eq                                   |                                      | a plain value: size = 5
  match                                | matches("...")                       | RE2, in quotes
  include                              | contains("...")
  start_with                           | starts_with("...")
  end_with                             | ends_with("...")
  be>                                  | gt(5), ge(5), lt(5), le(5)
  be_between be_within                 | between(1, 5)
  contain_exactly match_array          | consists_of("...", "...")
  be_empty                             | empty()
  be_in                                | any_of("...", "...")
  contain_duplicates                   | not(unique())
  all                                  | every(...)
  .and                                 | all_of(..., ...)
  .or                                  | any_of(..., ...)
  not_to should_not                    | not(...) | or false, where a promise is true or false
`
