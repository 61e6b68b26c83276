import { at, textAt } from './json.ts';
import type { KubeObject } from './objects.ts';

export type HookEvent =
  | 'pre-install'
  | 'post-install'
  | 'pre-upgrade'
  | 'post-upgrade'
  | 'pre-delete'
  | 'post-delete';

const annotation = (object: KubeObject, name: string): string =>
  textAt(object.value, 'metadata', 'annotations', name);

const listed = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '');

export const hookEvents = (object: KubeObject): readonly string[] =>
  listed(annotation(object, 'helm.sh/hook'));

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
