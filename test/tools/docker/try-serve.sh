# Runs inside the image: starts the server as the image does, asks it as HEALTHCHECK does, stops it as `docker stop` does.
set -eu
folder="$(mktemp -d)"
# Whether walls can be put up depends on how the container is run.
printf 'allow: [example/*]\nisolation: none\n' > "$folder/operator.yml"
node -e '
  const { generateKeyPairSync } = require("node:crypto");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  process.stdout.write(privateKey.export({ type: "pkcs1", format: "pem" }));
' > "$folder/key.pem"
export APP_ID=1 PRIVATE_KEY_PATH="$folder/key.pem" WEBHOOK_SECRET='long enough for a try' TIDEGATE_CONFIG="$folder/operator.yml"
TIDEGATE_SECRET_KEY="$(node -p 'require("node:crypto").randomBytes(32).toString("base64")')"
export TIDEGATE_SECRET_KEY
# Chroot isolation shares the network of the machine, where 3000 may be taken.
PORT="$(node -p 'const s = require("node:net").createServer().listen(0, () => { console.log(s.address().port); s.close(); }); ""' | tr -d '\n')"
export PORT HOST=127.0.0.1 TIDEGATE_PAGES_PORT=0
/usr/bin/tini -s -- node dist/main.js serve > "$folder/log" 2>&1 &
server=$!
healthy=no
for _ in $(seq 60); do
  if node -e 'fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))'; then
    healthy=yes
    break
  fi
  kill -0 "$server" 2> /dev/null || break
  sleep 0.5
done
kill -TERM "$server" 2> /dev/null || true
status=0
wait "$server" || status=$?
if [ "$healthy" = no ] || [ "$status" != 0 ]; then
  echo "serve in the image: healthy: $healthy, exit status after SIGTERM: $status" >&2
  tail -40 "$folder/log" >&2
  exit 1
fi
rm -rf "$folder" /data/*
echo 'serve in the image: healthy, ends on SIGTERM'
