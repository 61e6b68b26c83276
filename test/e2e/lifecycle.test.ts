/** The real server process, with real terraform, that is killed and stopped while runs are under way. */

import { access } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../src/clock/system.ts';
import { close, eventually, stateOf } from '../support/acts.ts';
import { storedRuns } from '../support/deliver.ts';
import { isAtWork } from '../support/held-tool.ts';
import { applyHeld, parentOf, propose, type Served, says, serveStory } from '../support/served.ts';

/** Everything that has to be true of an apply that went well, however many servers saw it. */
const appliedOnce = async (served: Served, comment: number): Promise<void> => {
  const { story, tool } = served;
  await says(served, 1, 'network', '✓ applied');
  await eventually(async () => expect(await story.ada.reactions(comment)).toContain('rocket'));
  expect(JSON.parse(await stateOf(story, 'network'))).toMatchObject({ serial: 1 });
  expect(tool.starts('apply', 'network')).toBe(1);
  expect(storedRuns(story)).toEqual(['plan planned', 'apply applied']);
  expect(await story.replies(1)).toEqual([]);
  expect(served.locks()).toEqual(['network #1']);
  await story.ada.merge(1);
  await eventually(() => expect(served.locks()).toEqual([]));
  await served.quiet();
};

describe('SIGKILL of the server in mid-apply', () => {
  it('and a new one at once: it adopts the apply and reports it', async () => {
    await using served = await serveStory();
    const { comment, tool } = await applyHeld(served);
    await served.kill();
    await served.startAgain();
    await served.server().said('a run of an earlier server was adopted');
    expect(isAtWork(tool)).toBe(true);
    await says(served, 1, 'network', 'applying');
    expect(served.locks()).toEqual(['network #1']);
    served.tool.letGo('apply', 'network');
    await appliedOnce(served, comment);
  });

  it('and a new one when terraform has ended: it finds the record and reports it', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory();
    const { comment } = await applyHeld(served);
    await served.kill();
    served.tool.letGo('apply', 'network');
    await served.quiet();
    expect(await stateOf(served.story, 'network')).toContain('large');
    await served.startAgain();
    await appliedOnce(served, comment);
  });
});

const readiness = async ({ story }: Served): Promise<number> => {
  const response = await fetch(`${story.world.app.url}/readyz`);
  await response.text();
  return response.status;
};

describe('a stop that detaches in mid-apply', () => {
  it('ends the server alone, whatever the rest of its group is sent, and the next one reports', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory({ onStop: 'detach' });
    const { comment, tool } = await applyHeld(served);
    expect(await readiness(served)).toBe(200);
    served.server().signalGroup('SIGTERM');
    served.server().signalGroup('SIGINT');
    expect(await served.server().ended).toBe(0);
    expect(isAtWork(tool)).toBe(true);
    expect(served.tool.interrupts()).toBe(0);
    await served.startAgain();
    await served.server().said('a run of an earlier server was adopted');
    served.tool.letGo('apply', 'network');
    await appliedOnce(served, comment);
  });

  it('is over within ten seconds, though a plan hears nothing and GitHub does not answer', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory({ onStop: 'detach' });
    const { story, tool } = served;
    const { faults } = story.world.hub;
    tool.hold('plan', 'network');
    tool.deafenPlans(true);
    await propose(served, 'network');
    const plan = await tool.begun('plan', 'network');
    const asked = Promise.withResolvers<void>();
    const look = /\/pulls\/1$/;
    look.test = (address) => {
      const isIt = address.endsWith('/pulls/1');
      if (isIt) asked.resolve();
      return isIt;
    };
    faults.route({ method: 'GET', path: look }, { kind: 'delay', ms: 20_000 });
    await story.grace.comment(1, '/help');
    await asked.promise;
    const clock = createSystemClock();
    const told = clock.monotonic();
    served.server().signal('SIGTERM');
    expect(await served.server().ended).toBe(0);
    expect(clock.monotonic() - told).toBeLessThan(10_000);
    // Its host gives the plan a few seconds, and outlives the server for them.
    await eventually(() => expect(isAtWork(plan)).toBe(false));
    faults.clear();
  });
});

describe('a stop that drains in mid-apply', () => {
  it('waits for the apply and says how it ended; a plan is stopped, and planned by the next server', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory({ onStop: 'drain' });
    const { story, tool } = served;
    const { comment } = await applyHeld(served);
    tool.hold('plan', 'database');
    expect(await propose(served, 'database')).toBe(2);
    const plan = await tool.begun('plan', 'database');
    served.server().signalGroup('SIGTERM');
    await eventually(async () => expect(await readiness(served)).toBe(503));
    served.server().signalGroup('SIGTERM');
    served.server().signalGroup('SIGINT');
    await eventually(() => expect(isAtWork(plan)).toBe(false));
    expect(tool.interrupts()).toBe(0);
    tool.letGo('apply', 'network');
    expect(await served.server().ended).toBe(0);
    await says(served, 1, 'network', '✓ applied');
    await served.quiet();

    await served.startAgain();
    await eventually(async () => expect(await story.ada.reactions(comment)).toContain('rocket'));
    await tool.begun('plan', 'database', 2);
    tool.letGo('plan', 'database');
    await says(served, 2, 'database', '| planned |');
    expect([tool.starts('plan', 'database'), tool.starts('apply', 'network')]).toEqual([2, 1]);
    expect(served.locks()).toEqual(['database #2', 'network #1']);
  });

  it('asks the apply to end when the time is short, once, and says what came of it', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory({
      onStop: 'drain',
      operator: 'drain_timeout: 50s\ntrust: { provisioners: allow }\n',
    });
    const { story, tool } = served;
    const flag = path.join(story.folder, 'begun');
    const slow = `resource "terraform_data" "it" {
  input = "large"
}
resource "terraform_data" "slow" {
  input = terraform_data.it.output
  provisioner "local-exec" {
    command = "touch ${flag}; exec sleep 60"
  }
}
resource "terraform_data" "after" {
  input = terraform_data.slow.output
}
`;
    await story.ada.push('slow', { 'network/main.tf': slow }, 'Slow');
    await story.ada.openPull('slow', 'Slow');
    await says(served, 1, 'network', '| planned |');
    const { id } = await story.ada.comment(1, '/apply');
    await eventually(() => access(flag));
    served.server().signal('SIGTERM');
    expect(await served.server().ended).toBe(0);
    expect([tool.interrupts(), tool.spilled()]).toEqual([1, 0]);
    const state = await stateOf(story, 'network');
    expect(state).toContain('large');
    expect(state).not.toContain('"after"');
    await expect(access(path.join(story.world.stateFolder, '.network.tfstate.lock.info'))).rejects.toThrow(
      'ENOENT',
    );
    await says(served, 1, 'network', 'apply failed');
    expect(await story.board(1)).toContain('was asked to stop, and ended in order');
    expect(storedRuns(story)).toEqual(['plan planned', 'apply failed']);
    expect(served.locks()).toEqual(['network #1']);
    await served.startAgain();
    await eventually(async () => expect(await story.ada.reactions(id)).toContain('confused'));
  });
});

describe('SIGKILL of the server in mid-plan', () => {
  it('and a new one plans once more, when what the old one had started is gone', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory();
    const { story, tool } = served;
    tool.hold('plan', 'network');
    tool.deafenPlans(true);
    await propose(served, 'network');
    const first = await tool.begun('plan', 'network');
    await served.kill();
    tool.deafenPlans(false);
    await served.startAgain();
    await tool.begun('plan', 'network', 2);
    expect(isAtWork(first)).toBe(false);
    expect(tool.overlaps()).toBe(0);
    tool.letGo('plan', 'network');
    await says(served, 1, 'network', '| planned |');
    expect(tool.starts('plan', 'network')).toBe(2);
    expect(await story.replies(1)).toEqual([]);
    expect(served.locks()).toEqual(['network #1']);
  });
});

describe('SIGKILL of host and server in mid-plan', () => {
  it('leaves a tool that hears nothing, and it is gone before the next server plans', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory();
    const { tool } = served;
    tool.hold('plan', 'network');
    tool.deafenPlans(true);
    await propose(served, 'network');
    const first = await tool.begun('plan', 'network');
    const host = parentOf(first);
    await served.kill();
    process.kill(host, 'SIGKILL');
    tool.deafenPlans(false);
    await served.startAgain();
    await tool.begun('plan', 'network', 2);
    expect(isAtWork(first)).toBe(false);
    expect(tool.overlaps()).toBe(0);
    tool.letGo('plan', 'network');
    await says(served, 1, 'network', '| planned |');
    expect(tool.starts('plan', 'network')).toBe(2);
  });
});

/** Nobody knows how it ended: nothing is started, nothing is let go, and the board says what is in the state. */
const unresolved = async (served: Served, comment: number, look: string): Promise<void> => {
  const { story, tool } = served;
  await says(served, 1, 'network', 'not known');
  await eventually(async () => expect(await story.board(1)).toContain(look));
  await eventually(async () => expect(await story.ada.reactions(comment)).toContain('confused'));
  expect(storedRuns(story)).toEqual(['plan planned', 'apply unresolved']);
  await close(story, 1);
  await story.ada.comment(1, '/help');
  await eventually(async () => expect(await story.replies(1)).toHaveLength(1));
  expect(tool.starts('apply', 'network')).toBe(1);
  expect(served.locks()).toEqual(['network #1']);
};

const isDone = '**1 in the state as planned:**';
const isOpen = '**1 not in the state as planned:**';

describe('an apply whose host was killed', () => {
  it('with the server: the next one waits for terraform, and looks at what it did', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory();
    const { comment, tool } = await applyHeld(served);
    const host = parentOf(tool);
    await served.kill();
    process.kill(host, 'SIGKILL');
    await served.startAgain();
    await served.server().said('a run of an earlier server was adopted');
    await says(served, 1, 'network', 'applying');
    served.tool.letGo('apply', 'network');
    await unresolved(served, comment, isDone);
  });

  it('with the server and terraform: the next one looks at once', { tags: ['long'] }, async () => {
    await using served = await serveStory();
    const { comment, tool } = await applyHeld(served);
    const host = parentOf(tool);
    await served.kill();
    for (const pid of [host, tool]) process.kill(pid, 'SIGKILL');
    await served.startAgain();
    await unresolved(served, comment, isOpen);
  });

  it('alone: the server waits for terraform, and looks at what it did', { tags: ['long'] }, async () => {
    await using served = await serveStory();
    const { comment, tool } = await applyHeld(served);
    process.kill(parentOf(tool), 'SIGKILL');
    await says(served, 1, 'network', 'applying');
    expect(isAtWork(tool)).toBe(true);
    served.tool.letGo('apply', 'network');
    await unresolved(served, comment, isDone);
  });
});
