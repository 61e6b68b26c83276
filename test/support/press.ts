import { pressId } from '../../src/domain/ids.ts';
import type { Actor } from '../../src/domain/pull.ts';
import type { Trigger } from '../../src/domain/trigger.ts';
import { type MemoryWorld, people, refOf, repo } from './memory-world.ts';

type ButtonTrigger = Extract<Trigger, { kind: 'button' }>;

const checkOf = (w: MemoryWorld, number: number, name: string) => {
  const check = w.forge
    .checks(repo)
    .findLast((one) => one.name === name && (one.pullNumber ?? number) === number);
  if (check === undefined) throw new Error(`#${number} has no check ${name}`);
  return check;
};

/** Labels of the buttons that people see on a check. */
export const buttonsOn = (w: MemoryWorld, name: string, number = 1): readonly string[] => {
  const { status, actions = [] } = checkOf(w, number, name);
  return status === 'completed' ? actions.map(({ label }) => label) : [];
};

/** What a press on a check would bring at this moment; null: to run it again. */
export const pressOn = (
  w: MemoryWorld,
  name: string,
  label: string | null,
  sender: Actor = people.ada,
  number = 1,
): ButtonTrigger => {
  const check = checkOf(w, number, name);
  const identifier = check.actions?.find((action) => action.label === label)?.identifier ?? null;
  if (label !== null && identifier === null) throw new Error(`${name} of #${number} has no button ${label}`);
  return {
    kind: 'button',
    pull: refOf(number),
    sender,
    pressId: pressId(`${identifier ?? `again-${check.id}`}-${sender.id}`),
    appId: w.ports.appId,
    check: name,
    headSha: check.headSha,
    identifier,
  };
};

let count = 0;

/** Sends it as GitHub would, and waits until it is durable. */
export const send = (w: MemoryWorld, trigger: ButtonTrigger, id?: string): Promise<void> => {
  count += 1;
  return w.road.receive({
    id: id ?? `press-${count}`,
    event: 'check_run',
    action: trigger.identifier === null ? 'rerequested' : 'requested_action',
    repository: 'acme/infrastructure',
    trigger,
    receivedAt: w.ports.clock.now(),
  });
};
