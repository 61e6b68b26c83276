import type { Sha } from '../../src/domain/ids.ts';
import type { Trigger } from '../../src/domain/trigger.ts';
import type { Event, Story, Webhook } from './story.ts';
import { people, refOf, repo, type World } from './world.ts';

/** A story that is being played. */
export interface Stage {
  readonly world: World;
  readonly story: Story;
  /** Deliveries under way to the server, and servers that are starting. */
  readonly background: Set<Promise<void>>;
  /** Files of `main`, and of each pull request on top. */
  readonly files: Record<string, string>;
  readonly own: Map<number, Record<string, string>>;
  tip: ReturnType<World['git']['commit']>;
  changes: number;
  deliveries: number;
  /** How long it takes until a server that died is started again. */
  downMs: number;
  /** The next server dies at this call of its own. */
  again: number | null;
}

const later = (stage: Stage, work: Promise<void>): void => {
  const one: Promise<void> = work.finally(() => stage.background.delete(one));
  stage.background.add(one);
};

/** GitHub's side of an event: one webhook, or none, or two, now or later. */
export const send = (stage: Stage, trigger: Trigger, how: Webhook): void => {
  if (how === 'lost') return;
  stage.deliveries += 1;
  const id = `delivery-${stage.deliveries}`;
  const { world } = stage;
  const after = async (ms: number): Promise<void> => {
    await world.schedule.clock.sleep(ms);
    // A server that dies in between never answers; nobody waits for it.
    void world.deliver(id, trigger);
  };
  later(stage, after(typeof how === 'number' ? how : 0));
  if (how === 'twice') later(stage, after(world.random.int(0, 60_000)));
};

export const pullTrigger = (
  number: number,
  reason: Extract<Trigger, { kind: 'pull' }>['reason'],
): Trigger => ({
  kind: 'pull',
  reason,
  pull: refOf(number),
  sender: people.ada,
});

const push = (stage: Stage, number: number, to: string): void => {
  const { world, files, own } = stage;
  stage.changes += 1;
  const mine = own.get(number) ?? {};
  mine[`${to}/pull-${number}.tf`] = `change ${stage.changes}\n`;
  own.set(number, mine);
  const pull = world.pull(number);
  const head = world.git.commit(repo.id, { ...files, ...mine }, [pull.head.sha, stage.tip]);
  world.git.pull(repo.id, number, head);
  world.edit(number, { head: { ...pull.head, sha: head } });
};

/** Some files of `main` are others now, whatever brought them. */
export const setMain = (stage: Stage, more: Record<string, string>, merged: readonly Sha[] = []): void => {
  Object.assign(stage.files, more);
  stage.tip = stage.world.git.commit(repo.id, stage.files, [stage.tip, ...merged]);
  stage.world.setMain(stage.tip);
};

/** Makes it happen, now. What makes no sense at this moment does not. */
export const act = async (stage: Stage, { what }: Event): Promise<void> => {
  const { world } = stage;
  switch (what.kind) {
    case 'push': {
      const pull = world.pull(what.pull);
      if (pull.merged) return;
      push(stage, what.pull, what.to);
      send(stage, pullTrigger(what.pull, 'synchronize'), what.webhook);
      return;
    }
    case 'comment': {
      const sender = people[what.by];
      const commentId = world.memory.addComment(refOf(what.pull), what.text, sender);
      const pull = refOf(what.pull);
      send(
        stage,
        { kind: 'comment', pull, sender, commentId, body: what.text, viaAppId: null },
        what.webhook,
      );
      return;
    }
    case 'approve':
    case 'take back': {
      const pull = world.pull(what.pull);
      world.memory.addReview(pull.ref, {
        author: people[what.by],
        state: what.kind === 'approve' ? 'approved' : 'changes_requested',
        commit: pull.head.sha,
        submittedAt: world.schedule.clock.now(),
      });
      send(
        stage,
        {
          kind: 'rules',
          reason: 'review',
          pull: pull.ref,
          sender: people[what.by],
          commentId: null,
          viaAppId: null,
        },
        what.webhook,
      );
      return;
    }
    case 'close':
    case 'reopen': {
      if (world.pull(what.pull).merged) return;
      world.edit(what.pull, { state: what.kind === 'close' ? 'closed' : 'open' });
      send(stage, pullTrigger(what.pull, what.kind === 'close' ? 'closed' : 'reopened'), what.webhook);
      return;
    }
    case 'merge': {
      if (world.pull(what.pull).state === 'closed') return;
      setMain(
        stage,
        stage.own.get(what.pull) ?? {},
        what.way === 'commit' ? [world.pull(what.pull).head.sha] : [],
      );
      const own = Object.keys(stage.own.get(what.pull) ?? {}).map((path) => path.split('/')[0] ?? '');
      await world.merge(what.pull, stage.tip, [...new Set(own)]);
      send(stage, pullTrigger(what.pull, 'closed'), what.webhook);
      return;
    }
    case 'base moves':
      stage.changes += 1;
      setMain(stage, { [`${what.in}/base.tf`]: `base ${stage.changes}\n` });
      return;
    case 'world changes':
      stage.changes += 1;
      world.tools.change(what.in, what.back ? null : `somebody's ${stage.changes}`);
      return;
    case 'comment on issue': {
      const number = world.issueOf(what.of);
      if (number === null) return;
      const sender = people[what.by];
      const pull = refOf(number);
      const commentId = world.memory.addComment(pull, what.text, sender);
      send(
        stage,
        { kind: 'comment', pull, onIssue: true, sender, commentId, body: what.text, viaAppId: null },
        what.webhook,
      );
      return;
    }
    case 'tag':
      world.tag(`v1.${world.tags().length}.0`, stage.tip);
      send(stage, { kind: 'tags', pull: refOf(0) }, what.webhook);
      return;
    case 'tag moves':
    case 'tag goes': {
      const last = world.tags().at(-1);
      if (last === undefined) return;
      world.tag(last, what.kind === 'tag goes' ? null : stage.tip);
      send(stage, { kind: 'tags', pull: refOf(0) }, what.webhook);
      return;
    }
    case 'tick':
      return;
    case 'tool':
      world.tools.next.push({ verb: what.verb, how: what.how });
      return;
    case 'crash':
      world.life().dieAt(what.at, what.when);
      stage.again = what.again;
      stage.downMs = what.downMs;
      return;
    case 'reboot':
      world.life().kill();
      world.tools.reboot();
      stage.downMs = what.downMs;
      return;
    case 'forge away':
      world.weather.forgeAwayUntil = world.schedule.clock.monotonic() + what.ms;
      return;
    case 'forge limits':
      world.weather.limits.push(what.retryAfterMs);
      return;
    case 'forge loses answers':
      world.weather.losesAnswers += what.count;
      return;
    case 'forge has it no more':
      world.weather.hasNoMore += what.count;
      return;
    case 'fetch fails':
      world.weather.fetchFails += what.count;
      return;
    case 'clock jumps':
      world.schedule.jump(what.ms);
      return;
    default: {
      const never: never = what;
      throw new Error(`what is ${JSON.stringify(never)}?`);
    }
  }
};
