#!/usr/bin/env bash
# Transparency: real clients do behind the tap what they do without it, and bulk arrives bit for bit.
. "$(dirname "$0")/lib.sh"

need_engine docker
engine_start docker d
docker=$url

# both WHAT COMMAND...: the same stdout, stderr and status with the tap and without.
both() {
    local what=$1
    shift
    DOCKER_HOST=$docker "$@" >direct.out 2>direct.err </dev/null
    local direct=$?
    "$BUGFORBUG" record -q -o tapped.jsonl --upstream "$docker" -- "$@" >tapped.out 2>tapped.err </dev/null
    is "$what: status" $? "$direct"
    same "$what: stdout" tapped.out direct.out
    same "$what: stderr" tapped.err direct.err
}

d=/usr/bin/docker
both "docker version" $d version -f '{{.Server.Version}}'
both "docker run" $d run --rm busybox:latest sh -c 'echo out; exit 3'
both "docker run -i" sh -c 'printf "one\ntwo\n" | /usr/bin/docker run -i --rm busybox:latest wc -l'
both "docker run -t" $d run -t --rm busybox:latest sh -c 'tty; stty size'
both "docker logs of what is not there" $d logs bfb-nothing
both "exec, logs -f" sh -c '/usr/bin/docker run -d --name bfb-box busybox:latest sh -c "echo begun; until [ -e /go ]; do sleep 0.05; done; echo over" >/dev/null &&
    /usr/bin/docker exec bfb-box touch /go && /usr/bin/docker logs -f bfb-box; /usr/bin/docker rm -f bfb-box'
both "save and load" sh -c '/usr/bin/docker save busybox:latest | /usr/bin/docker load'
if [ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import docker' 2>/dev/null; then
    both "python3-docker" /usr/bin/python3 -c 'import docker
c = docker.from_env()
print(c.containers.run("busybox:latest", ["echo", "hello"], remove=True))'
else
    skip "python3-docker" "not installed"
fi
if [ -x /usr/bin/docker-compose ]; then
    mkdir -p compose
    printf 'version: "3"\nservices:\n  one:\n    image: busybox:latest\n    command: echo composed\n' >compose/docker-compose.yml
    both "docker-compose" sh -c 'cd compose && docker-compose --no-ansi run --rm one && docker-compose --no-ansi down'
else
    skip "docker-compose" "not installed"
fi
if [ -d "$top/build/npm/node_modules/dockerode" ] ||
    npm install --silent --no-audit --no-fund --prefix "$top/build/npm" dockerode >/dev/null 2>&1; then
    both "dockerode" env NODE_PATH="$top/build/npm/node_modules" node -e '
const d = new (require("dockerode"))({socketPath: process.env.DOCKER_HOST.replace("unix://", "")});
d.version().then(v => console.log(v.Version));'
else
    skip "dockerode" "npm does not install it"
fi

# --- 64 MiB bit for bit --------------------------------------------------------------------------------

head -c 67108864 /dev/urandom >big
"$BUGFORBUG" record -q -o bulk.jsonl --upstream "$docker" -- sh -c '
    /usr/bin/docker create --name bfb-bulk busybox:latest true >/dev/null && /usr/bin/docker cp big bfb-bulk:/big &&
    /usr/bin/docker cp bfb-bulk:/big back && /usr/bin/docker commit bfb-bulk bfb-bulk:latest >/dev/null &&
    /usr/bin/docker save -o saved.tar bfb-bulk:latest && /usr/bin/docker rm bfb-bulk >/dev/null' >/dev/null 2>bulk.err
is "docker cp and save of 64 MiB: status" $? 0
same "docker cp in and out: bit for bit" back big
/usr/bin/docker -H "$docker" save -o direct.tar bfb-bulk:latest
same "docker save: as without the tap" saved.tar direct.tar
check "the conversation of it is whole" "$BUGFORBUG" check bulk.jsonl
done_testing
