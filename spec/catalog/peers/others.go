package peers

// others has blocks of tools that set servers up, for users who write them first.
const others = `
link symlink                           | file "PATH" with .type = "symlink"
dir folder                             | directory "PATH"
systemd_unit unit                      | service "NAME"
listen                                 | port "NUMBER"
account                                | user "NAME"
exec shell                             | command "LINE"
yum_repository apt_repository          | repository "ID"
cronjob cron_d                         | cron "USER"
`
