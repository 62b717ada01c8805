package peers

// serverspec has every type and matcher of serverspec 2.43.
const serverspec = `
bond                                   | interface "NAME"
  exist                                | .exists, .kind = "bond"
  have_interface                       | .members = contains("eth0")
bridge                                 | interface "NAME"
  exist                                | .exists, .kind = "bridge"
  have_interface                       | .members = contains("eth0")
cgroup                                 | cgroup "PATH"
  its('KEY')                           | .values                              | a map: each key is a promise
command                                | command "LINE"
  stdout stderr exit_status            | =
  stdout_as_json                       | .stdout = jq(".path", ...)
  contain.from.to                      | .stdout = between_lines(...)
cron                                   | cron "USER"
  have_entry                           | .jobs = contains("...")
  .with_user                           | cron "USER"                          | the label is the user
  table                                | .jobs, cron_jobs                     | the plural covers all users and files
default_gateway                        | route "default"
  ipaddress                            | .gateways
  interface                            | .interfaces
docker_container                       | docker_container "NAME"
  exist                                | .exists
  be_running                           | .running                             | one that restarts is not running
  have_volume                          | .mounts = contains("data:/srv/data")
  its('A.B.[0]')                       | .inspect = jq(".A.B[0]", ...)
docker_image                           | docker_image "NAME"
  exist                                | .exists
  its(['KEY'])                         | .inspect
docker_base                            | -                                    | the base class of the other two
file                                   | file "PATH"
  exist                                | .exists
  be_file                              | .type = "file"
  be_directory                         | .type = "directory"
  be_symlink                           | .type = "symlink"
  be_pipe                              | .type = "fifo"
  be_socket                            | .type = "socket"
  be_block_device                      | .type = "block_device"
  be_character_device                  | .type = "char_device"
  be_mode mode                         | .mode
  be_owned_by owner                    | .owner, .uid
  be_grouped_into group                | .group, .gid
  be_linked_to link_target             | .target
  be_readable                          | .readable_by
  be_writable                          | .writable_by
  be_executable                        | .executable_by
  .by .by_user                         | .readable_by = contains("alice")     | classes and users in one list
  be_immutable                         | .immutable
  be_mounted                           | mount.mounted
  be_mounted.with(device:)             | mount.source
  be_mounted.with(type:)               | mount.filesystem
  be_mounted.with(options:)            | mount.options = contains("noexec")
  be_mounted.only_with                 | mount.options = consists_of("rw", "noexec")
  be_version                           | -                                    | Windows is not a target
  contain                              | .content = contains("..."), .content = matches("...")
  contain([])                          | .content = in_order("...", "...")    | several lines, one after the other
  .from .to .after .before             | .content = between_lines(...)
  content                              | .content
  content_as_json content_as_yaml      | config.values, .content = jq(".path", ...)
  md5sum                               | .md5
  sha256sum                            | .sha256
  mtime                                | .modified
  size selinux_label                   | =
fstab                                  | fstab "MOUNT POINT"
  have_entry                           | .exists
  have_entry(mount_point:)             | fstab "MOUNT POINT"                  | the label
  have_entry(device:)                  | .source
  have_entry(type:)                    | .filesystem
  have_entry(options:)                 | .options
  have_entry(dump:)                    | .dump
  have_entry(pass:)                    | .pass
group                                  | group "NAME"
  exist                                | .exists
  gid have_gid                         | .gid
  is_system_group? be_system_group     | .system
hadoop_config                          | config "/etc/hadoop/conf/core-site.xml"
  value                                | .values                              | the keys are XPath
host                                   |
  be_resolvable                        | dns.resolves
  be_resolvable.by('dns')              | dns.resolves with .type = "A"        | asks the name server, not /etc/hosts
  be_resolvable.by('hosts')            | hosts_entry.exists
  be_reachable                         | ping.answers
  be_reachable.with(port:,proto:'tcp') | reachable "HOST:PORT", reachable.reachable
  be_reachable.with(timeout:)          | reachable.timeout
  be_reachable.with(proto:'udp')       | -                                    | no answer to UDP proves nothing
  ipaddress                            | dns.addresses
  ipv4_address                         | dns.addresses with .type = "A"
  ipv6_address                         | dns.addresses with .type = "AAAA"
host_inventory                         |
  memory                               | host.memory
  cpu                                  | host.cpus
  kernel                               | host.kernel
  hostname                             | host.name
  domain                               | host.domain
  fqdn                                 | host.fqdn
  platform platform_version            | host.os.id, host.os.version
  virtualization                       | host.virtualization
  filesystem                           | mounts
  mount                                | mounts
  block_device                         | block_devices
  user                                 | users
  group                                | groups
  ec2                                  | http "http://169.254.169.254/..."    | a service of the cloud, not of the host
  facter                               | command "facter -j", command.stdout = jq(".path", ...) | facts of another tool
  ohai                                 | command "ohai", command.stdout = jq(".path", ...) | facts of another tool
interface                              | interface "NAME"
  exist                                | .exists
  be_up                                | .up
  speed mtu                            | =
  have_ipv4_address have_ipv6_address  | .addresses = contains("192.0.2.1")
  ipv4_address                         | .ipv4
  ipv6_address                         | .ipv6
ipfilter                               | command "ipfstat -io"                | BSD and Solaris; Linux does not have it
  have_rule                            | command.stdout = has_line("...")
ipnat                                  | command "ipnat -l"                   | BSD and Solaris; Linux does not have it
  have_rule                            | command.stdout = has_line("...")
iptables                               | iptables "TABLE/CHAIN"
  have_rule                            | .rules = contains("...")
  .with_table .with_chain              | iptables "TABLE/CHAIN"               | the label
ip6tables                              | iptables "TABLE/CHAIN" with .family = "ipv6"
  have_rule                            | .rules = contains("...")
  .with_table .with_chain              | iptables "TABLE/CHAIN"               | the label
json_file                              | config "PATH"
  content                              | .values
kernel_module                          | kernel_module "NAME"
  be_loaded                            | .loaded
kvm                                    | guest "NAME"
  exist                                | .exists
  be_running                           | .running
  be_enabled                           | .autostart
linux_audit_system                     | audit "this"
  be_enabled                           | .enabled                             | locked (2) is enabled, too
  be_running                           | .running
  rules                                | .rules
linux_kernel_parameter                 | kernel_parameter "NAME"
  value                                | .value
lxc                                    | guest "NAME" with .manager = "lxc"
  exist                                | .exists
  be_running                           | .running
mail_alias                             | mail_alias "ALIAS"
  be_aliased_to                        | .recipients = contains("...")
mysql_config                           | settings "mysql"
  value                                | .values, sql.value                   | sql asks the running server
package                                | package "NAME"
  be_installed                         | .installed
  .with_version version                | .version
  .by('apt')                           | .manager = "dpkg"
  .by('rpm') .by('yum')                | .manager = "rpm"
  .by('apk')                           | .manager = "apk"
  .by('opkg')                          | .manager = "opkg"
  .by('xbps')                          | .manager = "xbps"
  .by('gem') .by('td_agent_gem')       | .manager = "gem"                     | a path chooses the installation
  .by('npm')                           | .manager = "npm"
  .by('pip') .by('pip2') .by('pip3')   | .manager = "pip"                     | a path chooses the interpreter
  .by('pecl')                          | .manager = "pecl"
  .by('pear')                          | .manager = "pear"
  .by('cpan')                          | .manager = "cpan"
  .by('homebrew')                      | .manager = "brew"                    | on Linux
  .by('homebrew_cask') .by('pkg')      | -                                    | macOS, BSD and Solaris are not targets
  .by('pkgutil')                       | -                                    | macOS, BSD and Solaris are not targets
  .by('swupd') .by('nix') .by('rvm')   | command "LINE" | without a database of packages with versions
php_config                             | settings "php"
  value                                | .values
  ini:                                 | .file
php_extension                          | settings "php"
  be_loaded                            | .modules = contains("...")
port                                   | port "NUMBER"
  be_listening                         | .listening
  .with('tcp') .with('udp')            | .protocol                            | or a label such as tcp/443
  .with('tcp6') .with('udp6')          | .families = contains("ipv6")
  .on                                  | .addresses = contains("127.0.0.1")
ppa                                    | repository "ppa:OWNER/NAME"
  exist                                | .exists
  be_enabled                           | .enabled
process                                | process "NAME"
  be_running                           | .running
  count                                | .count
  user                                 | .users
  group                                | .groups
  args                                 | .args_seen
  pid                                  | .pids
  etime                                | .elapsed
  lstart                               | .started
  rss                                  | .memory
  ps                                   | command "ps -o WORD= -C NAME"        | the other words of ps
routing_table                          | route "DESTINATION"
  have_entry                           | .exists
  have_entry(destination:)             | route "DESTINATION"                  | the label
  have_entry(gateway:)                 | .gateways
  have_entry(interface:)               | .interfaces
selinux                                | selinux "this"
  be_enforcing                         | .mode = "enforcing", .configured_mode = "enforcing" | serverspec mixes both
  be_permissive                        | .mode = "permissive", .configured_mode = "permissive"
  be_disabled                          | .mode = "disabled", .configured_mode = "disabled"
  .with_policy                         | .policy
selinux_module                         | selinux "this"
  be_installed                         | .modules = contains("...")
  be_enabled                           | .disabled_modules = not(contains("..."))
  .with_version                        | - | modules have no versions since userspace 2.4
service                                | service "NAME"
  be_enabled                           | .enabled
  be_running                           | .running
  .with_level                          | .runlevels = contains("3")
  .under('systemd')                    | .manager = "systemd"
  .under('openrc')                     | .manager = "openrc"
  .under('runit')                      | .manager = "runit"
  .under('init')                       | .manager = "sysv"
  .under('supervisor')                 | .manager = "supervisor"
  .under('daemontools')                | .manager = "daemontools"
  .under('upstart')                    | -                                    | dead
  be_monitored_by('monit')             | .monitored with .manager = "monit"
  .with_name                           | service "NAME"                       | the label is the name that monit has
  be_monitored_by('god')               | command "god status NAME"            | dead
  be_installed                         | .exists
  have_start_mode                      | -                                    | Windows is not a target
  have_property property               | .properties                          | a map: each key is a promise
user                                   | user "NAME"
  exist                                | .exists
  uid have_uid                         | .uid
  belong_to_group                      | .groups = contains("...")
  belong_to_primary_group              | .primary_group
  have_home_directory                  | .home
  have_login_shell                     | .shell
  have_authorized_key                  | .authorized_keys = contains("...")
  minimum_days_between_password_change | .password_min_days
  maximum_days_between_password_change | .password_max_days
  encrypted_password                   | .password, .password_hash            | the hash is compared on the target
  is_system_user? be_system_user       | .system
x509_certificate                       | certificate "PATH"
  be_certificate                       | .exists | what is not a certificate breaks all else
  be_valid                             | .valid
  validity_in_days                     | .days_left
  subject issuer email                 | =
  alias                                | -                                    | OpenSSL's own trust format
  fingerprint                          | .fingerprint                         | SHA-256, not SHA-1
  keylength                            | .key_bits
  subject_alt_names                    | .names
  have_purpose                         | .purposes = contains("...")
x509_private_key                       | key "PATH"
  be_valid                             | .valid
  be_encrypted                         | .encrypted
  have_matching_certificate            | .matches_certificate with .certificate = "PATH"
  passin:                              | .passphrase                          | never in the arguments of a program
yumrepo                                | repository "ID"
  exist                                | .exists
  be_enabled                           | .enabled
zfs                                    | zfs "NAME"
  exist                                | .exists
  have_property property               | .properties                          | numbers as zfs get -p prints them
windows_feature windows_firewall       | -                                    | Windows is not a target
windows_hot_fix windows_registry_key   | -                                    | Windows is not a target
windows_scheduled_task iis_website     | -                                    | Windows is not a target
iis_app_pool                           | -                                    | Windows is not a target
(facts)                                |
  os os[:family]                       | host.os.family
  os[:release]                         | host.os.version
  os[:arch]                            | host.arch
context                                | describe "TITLE"
it                                     |                                      | a promise as an argument of its resource
  its                                  |                                      | a promise as an argument of its resource
(matchers)                             |
  eq                                   |                                      | a plain value: size = 5
  match                                | matches("...")                       | RE2, in quotes
  include                              | contains("...")
  start_with                           | starts_with("...")
  end_with                             | ends_with("...")
  be>                                  | gt(5), ge(5), lt(5), le(5)
  be_between                           | between(1, 5)
  be_within                            | between(1, 5)
  contain_exactly match_array          | consists_of("...", "...")
  be_empty                             | empty()
  all                                  | every(...)
  .and                                 | all_of(..., ...)
  .or                                  | any_of(..., ...)
  not_to should_not                    | not(...) | or false, where a promise is true or false
  satisfy                              | -                                    | a spec has no code
`
