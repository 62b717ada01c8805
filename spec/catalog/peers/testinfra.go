package peers

// testinfra has every module and method of pytest-testinfra.
const testinfra = `
(host)                                 |
  run run_expect run_test check_output | command "LINE", command.exit_status, command.stdout
  exists                               | program.exists
  find_command                         | program.path
addr                                   |
  is_resolvable                        | dns.resolves
  ip_addresses                         | dns.addresses
  ipv4_addresses                       | dns.addresses with .type = "A"
  ipv6_addresses                       | dns.addresses with .type = "AAAA"
  is_reachable                         | ping.answers
  port().is_reachable                  | reachable "HOST:PORT", reachable.reachable
  namespace                            | command "ip netns exec NAME LINE"    | rare, and needs root
  namespace_exists                     | file "/run/netns/NAME", file.exists
ansible                                | -                                    | modules of another tool
  ()                                   | -                                    | modules of another tool
  get_variables                        | host.vars                            | the vars of a target
block_device                           | block_device "PATH"
  size sector_size block_size          | =
  start_sector                         | .start
  ra                                   | .read_ahead
  is_partition                         | .partition
  is_writable                          | .read_only                           | the contrary
docker                                 | docker_container "NAME"
  is_running                           | .running
  is_restarting                        | .status = "restarting"
  id                                   | .id
  name                                 | docker_container "NAME"              | the label
  inspect                              | .inspect
  get_containers                       | docker_containers.where
  version client_version               | command "docker version -f FORMAT"
  server_version                       | command "docker version -f FORMAT"
environment                            | environment "NAME"
  ()                                   | .value
file                                   | file "PATH"
  exists                               | =
  is_file                              | .type = "file"
  is_directory                         | .type = "directory"
  is_pipe                              | .type = "fifo"
  is_socket                            | .type = "socket"
  is_symlink                           | .type = "symlink"
  is_executable                        | .executable_by
  linked_to                            | .target                              | as written, not resolved
  user                                 | .owner
  uid group gid mode size              | =
  mtime                                | .modified
  md5sum                               | .md5
  sha256sum                            | .sha256
  inode                                | =
  content content_string               | .content
  contains                             | .content = matches("...")
  listdir                              | directory.entries
  ==                                   | -                                    | a block is about one file
group                                  | group "NAME"
  exists gid members                   | =
  get_all_groups                       | groups.names
  get_local_groups                     | groups.local
interface                              | interface "NAME"
  exists speed addresses               | =
  link                                 | .mac, .mtu, .state, .kind
  routes                               | routes.where
  names                                | interfaces.names
  default                              | route "default", route.interfaces
iptables                               | iptables "TABLE/CHAIN"
  rules                                | .rules
  rules(table,chain)                   | iptables "TABLE/CHAIN"               | the label
  rules(version)                       | .family
mount_point                            | mount "PATH"
  exists                               | .mounted
  filesystem options                   | =
  device                               | .source
  get_mountpoints                      | mounts
package                                | package "NAME"
  is_installed                         | .installed
  version release                      | =
pip                                    | package "NAME" with .manager = "pip"
  is_installed                         | .installed with .manager = "pip"
  version                              | .version with .manager = "pip"
  pip_path                             | .path
  get_packages                         | packages.where
  check                                | command "pip check"
  get_outdated_packages                | command "pip list --outdated"        | needs an index over the network
podman                                 | podman_container "NAME"
  is_running                           | .running
  id inspect                           | =
  name                                 | podman_container "NAME"              | the label
  get_containers                       | podman_containers.where
process                                | process "NAME"
  filter                               | .args, .user, processes.where
  get                                  | process "NAME"
  ps                                   | command "ps -o WORD= -C NAME"        | the other words of ps
puppet_resource                        | command "puppet resource TYPE NAME"  | another tool
facter                                 | command "facter -j"                  | another tool
salt                                   | command "salt-call FUNCTION"         | another tool
service                                | service "NAME"
  is_running                           | .running
  is_enabled                           | .enabled
  exists                               | =
  is_masked                            | .masked
  systemd_properties                   | .properties                          | a map: each key is a promise
  is_valid                             | command "systemd-analyze verify UNIT" | a lint, with status 0 for bad units
socket                                 | port "NUMBER"
  is_listening                         | .listening
  tcp:// udp://                        | .addresses                           | the label is tcp/443 or udp/53
  unix://                              | socket.listening
  clients                              | .clients, socket.clients
  get_listening_sockets                | ports, sockets
sudo                                   | become
supervisor                             | service "NAME" with .manager = "supervisor"
  is_running                           | .running with .manager = "supervisor"
  status                               | .status with .manager = "supervisor"
  pid                                  | process.pids
  path conf                            | .manager = "supervisor"              | not needed: the manager finds its socket
  get_services                         | services.where
sysctl                                 | kernel_parameter "NAME"
  ()                                   | .value
system_info                            |
  type                                 |                                      | not needed: every target runs Linux
  distribution                         | host.os.id
  release                              | host.os.version
  codename                             | host.os.codename
  arch                                 | host.arch
user                                   | user "NAME"
  exists uid gid groups home shell     | =
  gecos                                | =
  group                                | .primary_group
  gids                                 | .groups                              | by name
  password                             | .password, .password_hash            | the hash is compared on the target
  password_max_days password_min_days  | =
  expiration_date                      | .expires
  get_all_users                        | users.names
  get_local_users                      | users.local
(matchers)                             |
  assert                               | contains("..."), matches("..."), gt(5) | a plain value means equality
`
