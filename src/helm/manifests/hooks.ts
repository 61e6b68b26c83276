import { at, textAt } from './json.ts';
import type { KubeObject } from './objects.ts';

export type HookEvent =
  | 'pre-install'
  | 'post-install'
  | 'pre-upgrade'
  | 'post-upgrade'
  | 'pre-delete'
  | 'post-delete';

/** Events that Helm knows; an object with any other is left out by it, without a word in the plan. */
const known = [
  'pre-install',
  'post-install',
  'pre-upgrade',
  'post-upgrade',
  'pre-delete',
  'post-delete',
  'pre-rollback',
  'post-rollback',
  'test',
  'test-success',
];

const annotation = (object: KubeObject, name: string): string =>
  textAt(object.value, 'metadata', 'annotations', name);

const listed = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '');

const hookEvents = (object: KubeObject): readonly string[] => listed(annotation(object, 'helm.sh/hook'));

export const isHook = (object: KubeObject): boolean =>
  at(object.value, 'metadata', 'annotations', 'helm.sh/hook') !== undefined;

const weightOf = (object: KubeObject): number => {
  const weight = Number(annotation(object, 'helm.sh/hook-weight').trim() || '0');
  return Number.isInteger(weight) ? weight : 0;
};

export interface HookRun {
  readonly address: string;
  readonly type: string;
  readonly event: HookEvent;
}

/** What Helm runs at these events, in its order: by weight, then by name. */
export const hooksToRun = (hooks: readonly KubeObject[], events: readonly HookEvent[]): readonly HookRun[] =>
  events.flatMap((event) =>
    hooks
      .filter((hook) => hookEvents(hook).includes(event))
      .toSorted((a, b) => weightOf(a) - weightOf(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
      .map(({ address, kind }) => ({ address, type: kind, event })),
  );

const written = /helm\.sh\/hook["']?\s*:\s*["']?([A-Za-z][A-Za-z, -]*)/g;

/** Events that a template names and Helm does not know, as far as they are written out in it. */
export const unknownHookEvents = (template: string): readonly string[] => {
  const named = [...template.matchAll(written)].flatMap((match) => listed(match[1] ?? ''));
  return [...new Set(named.filter((each) => !known.includes(each)))].sort();
};
