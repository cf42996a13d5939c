# usage: bash answers-ok.sh PORT PATH
# Succeeds if http://127.0.0.1:PORT answers a GET of PATH with 200. Docker runs it as a health check for as long as a
# container lives, so it starts no other program: bash connects by itself.
set -e
exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&3
read -r _ status _ <&3
[ "$status" = 200 ]
