/**
 * What code of a pull request may try while it is planned: a provider, a module, a data source that runs a program. Here it is
 * a script in the project's folder. It prints what it gets hold of, and `$DATA`, `$SERVER` and so on are what an attacker may
 * have guessed or read in our source.
 */
export interface Attack {
  /** Shell, run in the project's folder before `plan` and `apply`, which is its argument. */
  readonly script: string;
  /** More files of the branch, relative to the project's folder. */
  readonly files?: Readonly<Record<string, string>>;
}

const everyFile = (where: string, most = 400) =>
  `find ${where} -type f 2>/dev/null | head -${most} | while read -r f; do cat "$f" 2>/dev/null; done`;

export const corpus: Readonly<Record<string, Attack>> = {
  environment: { script: 'env; cat /proc/self/environ' },
  processes: {
    script:
      'for p in /proc/[0-9]*; do echo "$p"; cat $p/environ $p/cmdline $p/maps 2>/dev/null; ls -l $p/fd $p/cwd $p/root 2>/dev/null; cat $p/fd/* 2>/dev/null & sleep 0.02; kill $! 2>/dev/null; done; cat /proc/$SERVER/environ /proc/$SERVER/mem',
  },
  'data-folder': {
    script: `ls -laR "$DATA"; ${everyFile('"$DATA"')}; cat "$DATA/tidegate.db" "$DATA/sentinel"`,
  },
  'key-files': {
    script:
      'cat "$KEY" "$OPERATOR" /etc/shadow /etc/passwd; cat /root/.ssh/* /root/.config/*/* ~root/.bash_history',
  },
  'other-runs': {
    script: `cat "$DATA"/runs/*/*.json "$DATA"/runs/*/*/* "$DATA"/logs/*/*; ls -la "$DATA/runs" /tmp /var/tmp; ${everyFile('/tmp /var /home /root /opt /srv /mnt')}`,
  },
  mirror: { script: `git -C "$DATA"/mirrors/* log --all -p; ${everyFile('"$DATA/mirrors"')}` },
  'writes-outside': {
    script:
      'for f in "$DATA/sentinel" "$DATA/tidegate.db" "$KEY" /usr/bin/evil /etc/evil /evil "$TOOLS/terraform" /dev/shm/../../evil; do echo evil > "$f" && echo "wrote $f"; done; rm -rf "$DATA/mirrors" "$DATA/blobs"; chmod 777 "$DATA"; : > "$CANARY_FILE"',
  },
  'writes-next-door': {
    script:
      'echo evil > ../victim/main.tf; echo evil > ../victim/evil.tf; mkdir -p ../victim/.terraform; mv ../victim ../moved; rm -rf ../victim; ln -sfn /etc ../victim; echo evil > ../evil.tf; git init ..; touch /workspace/evil',
  },
  network: {
    script:
      'exec 2>&1; wget -T 3 -q -O - "$HUB" ; curl -m 3 -s "$HUB"; bash -c "exec 3<>/dev/tcp/127.0.0.1/$PORT && echo connected; printf \'GET / HTTP/1.0\\r\\n\\r\\n\' >&3; cat <&3"; cat /proc/net/tcp /proc/net/unix; getent hosts example.com',
  },
  // Without a wall this would end the machine that tests: it looks who is process 1 first.
  signals: {
    script:
      'kill -9 $SERVER; kill -INT $SERVER; [ "$(cat /proc/1/comm)" = bwrap ] || exit 1; for p in $(seq 2 4000); do [ $p = $$ ] || kill -9 $p; done 2>/dev/null; kill -9 -1',
  },
  'forged-record': {
    script:
      'for d in "$DATA"/runs/*; do echo forged > "$d/exit.json"; echo forged > "$d/step.json"; rm -f "$d/host.json"; done; echo forged > "$HOME/../exit.json"; echo forged > "$TMPDIR/../exit.json"; ls -la "$HOME/.." "$TMPDIR/.."',
  },
  links: {
    script:
      'ln -s "$DATA/tidegate.db" db; ln -s / root; cat db root/etc/shadow "root$DATA/sentinel"; ls root; ln "$DATA/sentinel" hard; ln -sf "$DATA" .terraform/escape; ln -s "$CANARY_FILE" errored.tfstate',
  },
  'dot-dot': {
    script:
      'cat ../../../../../../../../../../etc/shadow; cat "../../../../../../../../../..$DATA/sentinel"; ls -la ../.. ../../..',
  },
  settings: {
    script:
      'cat "$TF_CLI_CONFIG_FILE"; echo \'provider_installation { dev_overrides { "hashicorp/x" = "/workspace" } }\' > "$TF_CLI_CONFIG_FILE"; echo evil > "$HOME/.terraformrc"; echo "machine x login y password z" > "$HOME/.netrc"; printf "[core]\\n\\tfsmonitor = touch $CANARY_FILE\\n" > "$HOME/.gitconfig"; ls -la "$HOME"',
    files: {
      '.terraformrc': 'plugin_cache_dir = "/tmp"\n',
      '.netrc': 'machine github.com login a password b\n',
    },
  },
  hooks: {
    script:
      'mkdir -p .git/hooks ../.git/hooks; printf "#!/bin/sh\\ntouch $CANARY_FILE\\n" > .git/hooks/post-checkout; chmod +x .git/hooks/post-checkout; cp .git/hooks/post-checkout ../.git/hooks/; git -c core.fsmonitor="touch $CANARY_FILE" status',
  },
  privileges: {
    script:
      'id; grep -i -e cap -e nonewprivs /proc/self/status; mount -t tmpfs x /mnt && echo mounted; mount -o remount,rw / && echo remounted; umount /workspace && echo unmounted; unshare -Ur true && echo unshared; chroot / true && echo chrooted; mknod x b 8 0 && echo made; su -c id; dmesg | head -2; ls /sys /dev/sd* /dev/vd* /dev/mem',
  },
  kernel: {
    script:
      'for f in $(find /proc/sys /proc/sysrq-trigger /proc/1 /proc/self -maxdepth 2 -type f 2>/dev/null); do ( : >> "$f" ) 2>/dev/null && echo "opened $f"; done; echo 1000 > /proc/self/oom_score_adj && echo "opened oom"; mount -o remount,rw /proc && echo "opened proc"; head -c 200000000 /dev/zero > /dev/shm/large; ls -l /dev/shm/large; echo x > /dev/new && echo "opened dev"; : > /dev/null',
  },
  leftovers: {
    script:
      'setsid sh -c "trap \'\' INT TERM HUP; while :; do sleep 0.2; echo evil > late; : > \\"$CANARY_FILE\\"; done" < /dev/null > /dev/null 2>&1 & echo started',
  },
  archive: {
    script:
      'mkdir -p .terraform/deep; ln -s /etc .terraform/etc; ln -s ../../../../../../etc/cron.d deep; mkfifo .terraform/pipe; ln -s "$CANARY_FILE" written; truncate -s 3G .terraform/sparse; mknod .terraform/dev c 1 5; printf x > "$(printf \'a\\nb\')"',
  },
  'reviewed-plan': {
    script:
      'ls -la "$PLAN_FOLDER"; [ "$1" = apply ] || exit 0; echo evil > "$PLAN_FOLDER/plan.bin" && echo "wrote the plan"; mv "$PLAN_FOLDER/plan.bin" "$PLAN_FOLDER/x" && echo "wrote the plan"',
  },
  'escape-plan-file': {
    script:
      'ls -la "$PLAN_FOLDER"; for f in "$PLAN_FOLDER"/*; do cat "$f" | head -c 100; done; echo evil > "$PLAN_FOLDER/plan.bin" && echo "wrote the plan"; ln -sf "$DATA/sentinel" "$PLAN_FOLDER/plan.bin"',
  },
};
