# In a network and a file system of its own (unshare): DNS is a server on 127.0.0.1 that never answers.
set -e
ip link set lo up
echo 'nameserver 127.0.0.1
options timeout:30 attempts:2' > "$1/resolv.conf"
mount --bind "$1/resolv.conf" /etc/resolv.conf
shift
exec "$@"
