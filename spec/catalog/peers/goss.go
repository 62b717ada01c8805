package peers

// goss has every resource and attribute of goss 0.4.
const goss = `
(all resources)                        |
  title                                | title
  meta                                 | why, tags
  skip                                 | skip                                 | a reason, not true
addr                                   | reachable "HOST:PORT"
  reachable timeout                    | =
  udp://                               | -                                    | no answer to UDP proves nothing
  local-address | command "ip route get ADDRESS", route.source | the source address that a route uses
command                                | command "LINE"
  exit-status                          | .exit_status
  stdout stderr timeout                | =
  exec                                 | .line                                | the label, where no line is written
  retry_count retry_delay              | within                               | in package and dns, too
dns                                    | dns "NAME"
  resolvable                           | .resolves
  resolveable                          | .resolves                            | goss's old spelling
  addrs                                | .addresses
  server timeout                       | =
  A:NAME                               | .addresses with .type = "A"
  AAAA:NAME                            | .addresses with .type = "AAAA"
  PTR:NAME CNAME:NAME MX:NAME NS:NAME  | .records, .type
  SRV:NAME TXT:NAME SSHFP:NAME         | .records, .type
  CAA:NAME                             | .records, .type
file                                   | file "PATH"
  exists mode size owner uid group gid | =
  linked-to                            | .target
  filetype                             | .type
  contents contains                    | .content                             | all_of(contains(...), matches(...))
  md5 sha256 sha512                    | =
gossfile                               |  | several paths: avow check base web.spec.hcl
  file                                 | avow check                           | a path, or a folder of specs
  skip                                 | skip                                 | an argument of a describe
group                                  | group "NAME"
  exists gid                           | =
http                                   | http "URL"
  status                               | .status
  headers                              | .headers_seen
  body                                 | .content
  method timeout proxy                 | =
  username                             | .user
  password                             | .password
  request-headers                      | .headers
  request-body                         | .body
  ca-file                              | .ca_file
  allow-insecure                       | .insecure
  no-follow-redirects                  | .follow                              | false
  cert-file                            | .client_certificate
  key-file                             | .client_key
interface                              | interface "NAME"
  exists mtu                           | =
  addrs                                | .addresses
kernel-param                           | kernel_parameter "NAME"
  value                                | .value
matching                               | value "TITLE"
  content                              | .of
  matches                              | .is
  as-reader                            | .of                                  | not needed: a text is a text
mount                                  | mount "PATH"
  exists                               | .mounted
  source filesystem                    | =
  opts vfs-opts                        | .options                             | both kinds in one list
  usage                                | .usage                               | as df counts, with the reserved blocks
  timeout                              |  | not needed: every query of a host has a limit
package                                | package "NAME"
  installed versions                   | =
port                                   | port "NUMBER"
  listening                            | =
  ip                                   | .addresses
process                                | process "NAME"
  running                              | =
registry                               | -                                    | Windows is not a target
service                                | service "NAME"
  enabled running runlevels            | =
user                                   | user "NAME"
  exists uid gid groups home shell     | =
(commands)                             |
  add autoadd                          | avow snapshot
  validate                             | avow check
(matchers)                             |
  equal                                |                                      | a plain value: size = 5
  have-prefix                          | starts_with("...")
  have-suffix                          | ends_with("...")
  match-regexp                         | matches("...")
  contain-substring                    | contains("...")
  have-patterns | all_of(contains("..."), matches("..."), not(contains("..."))) | instead of /re/ and !x
  have-len                             | has_length(3)
  have-key                             |                                      | a promise that names the key of the map
  contain-element                      | contains("...")
  contain-elements                     | all_of(contains("..."), contains("..."))
  consist-of                           | consists_of("...", "...")
  not                                  | not(...)
  and                                  | all_of(..., ...)
  or                                   | any_of(..., ...)
  gt ge lt le                          | gt(5), ge(5), lt(5), le(5)
  semver-constraint                    | version(">= 1.2"), semver(">= 1.2")  | version for packages, semver elsewhere
  gjson                                | jq(".path", ...)
  xml                                  | xml("//path", ...)                   | XPath
`
