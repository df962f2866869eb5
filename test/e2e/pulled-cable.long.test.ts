import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { Child, until } from '../support/child.ts';
import { serverChild } from '../support/clients.ts';
import { forbidSkip } from '../support/programs.ts';

// Two network namespaces with a cable between them: the server lives in the first, and $other holds the second one open.
const CABLE = `
ip link set lo up
unshare --net sleep 20 > /dev/null 2>&1 & other=$!
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
ip link add here type veth peer name there netns $other
ip addr add 192.0.2.1/24 dev here && ip link set here up
nsenter --net=/proc/$other/ns/net sh -c 'ip addr add 192.0.2.2/24 dev there && ip link set there up'
echo "other=$other"
"$@"`;

function skipReason(): string | false {
  if (spawnSync('ip', ['-V']).status !== 0) return forbidSkip('needs ip');
  const { status } = spawnSync('unshare', [
    '--net',
    'ip',
    'link',
    'add',
    'here',
    'type',
    'veth',
    'peer',
    'name',
    'there',
  ]);
  return status === 0 ? false : 'needs the right to create network namespaces';
}

describe('a client whose cable is pulled', () => {
  const skip = skipReason();
  for (const [what, writes] of [
    ['that is silent', false],
    ['that does not acknowledge an answer', true],
  ] as const) {
    it(`ends with reset when the questions of the kernel have no answer: a client ${what}`, { skip }, async () => {
      const program = async ({ Server }: typeof import('../../src/server.ts')): Promise<void> => {
        const server = new Server({
          address: ['192.0.2.1', 0],
          framing: 'line',
          ...{ keepAliveSeconds: 1, keepAliveIntervalSeconds: 1, keepAliveProbes: 2 },
          onMessage: (message, connection) => {
            console.log(`message ${message.toString()}`);
            if (process.env.WRITES === '1') setTimeout(() => connection.write('an answer'), 500);
          },
          onDisconnect: (_, reason) => {
            console.log(`ended ${reason}`);
            server.shutdown();
          },
        });
        console.log(`port ${String(server.address()[1])} end`);
        await server.serveForever();
      };
      const shell = [
        'env',
        `WRITES=${writes ? 1 : 0}`,
        'unshare',
        '--net',
        '--fork',
        '--kill-child',
        'sh',
        '-c',
        CABLE,
        'sh',
      ];
      using server = serverChild(program, shell);
      const found = (pattern: RegExp): Promise<string> => until(() => pattern.exec(server.stdout)?.[1]);
      const port = await found(/port (\d+) end/);
      const inOther = ['nsenter', `--net=/proc/${await found(/other=(\d+)/)}/ns/net`];
      const client = `exec 3<>/dev/tcp/192.0.2.1/${port}; echo half >&3; exec sleep 60`;
      using sensor = new Child(inOther[0]!, inOther[1]!, 'bash', '-c', client);
      await found(/(message half)/);
      const pulledMs = performance.now();
      assert.equal(spawnSync(inOther[0]!, [inOther[1]!, 'ip', 'link', 'set', 'there', 'down']).status, 0);
      assert.equal(await found(/ended (\S+)/), 'reset', sensor.stderr);
      const seconds = (performance.now() - pulledMs) / 1e3;
      assert.ok(seconds > 1.5 && seconds < 10, `${seconds} s`);
    });
  }
});
