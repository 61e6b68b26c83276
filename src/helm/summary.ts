import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Asked } from './asked.ts';
import type { Cluster } from './cluster.ts';
import type { Item } from './manifests/difference.ts';
import type { HookRun } from './manifests/hooks.ts';

/** What a plan comes to; `runners/README.md` says what each part of `summary.json` means. */
export interface Told {
  readonly version: string;
  readonly items: readonly Item[];
  readonly same: number;
  readonly runs?: readonly HookRun[];
  readonly blocked?: readonly string[];
  readonly warnings?: readonly string[];
  readonly unpredictable?: readonly string[];
  readonly notPreviewable?: readonly string[];
  readonly unseen?: readonly string[];
  readonly deterministic?: boolean;
  readonly verified?: boolean;
  readonly base: string | null;
  readonly cluster: Cluster | null;
  readonly facts?: Readonly<Record<string, string>>;
}

const countOf = (items: readonly Item[], action: Item['action']): number =>
  items.filter((item) => item.action === action).length;

const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 2_000);

const summaryOf = (asked: Asked, told: Told) => ({
  schema: 1,
  tool: { name: 'helm', version: told.version },
  items: told.items.map((item) => ({ ...item, reasons: item.reasons?.map(oneLine) ?? [] })),
  changes: {
    create: countOf(told.items, 'create'),
    update: countOf(told.items, 'update'),
    delete: countOf(told.items, 'delete'),
    import: countOf(told.items, 'import'),
    forget: countOf(told.items, 'forget'),
    noop: told.same,
  },
  runs: (told.runs ?? []).map((run) => ({ ...run, trigger: null })),
  blocked: (told.blocked ?? []).map(oneLine),
  warnings: (told.warnings ?? []).map(oneLine),
  unpredictable: told.unpredictable ?? [],
  not_previewable: (told.notPreviewable ?? []).map(oneLine),
  unseen: (told.unseen ?? []).map(oneLine),
  deterministic: told.deterministic ?? true,
  verified: told.verified ?? true,
  base: told.base === null ? null : { kind: 'helm-revision', value: told.base },
  target: {
    release: asked.release,
    namespace: asked.namespace,
    ...(told.cluster !== null && {
      cluster: told.cluster.server,
      uid: told.cluster.uid,
      context: told.cluster.context,
    }),
  },
  facts: { helm: told.version, ...told.facts },
});

/** Nothing to change, or changes: as exit codes of a plan. */
export type PlanEnd = 0 | 2;

/** Writes the summary and says on standard output which objects it is about: addresses, and no values. */
export const writeSummary = async (
  asked: Asked,
  told: Told,
  say: (line: string) => void,
): Promise<PlanEnd> => {
  await mkdir(dirname(asked.summary), { recursive: true });
  await writeFile(asked.summary, JSON.stringify(summaryOf(asked, told)));
  for (const { action, address } of told.items) say(`${action} ${address}`);
  for (const { event, address } of told.runs ?? []) say(`run ${address} at ${event}`);
  for (const warning of told.warnings ?? []) say(`warning: ${oneLine(warning)}`);
  for (const sentence of told.blocked ?? []) say(`blocked: ${oneLine(sentence)}`);
  say(told.items.length === 0 ? 'Nothing to change.' : `${told.items.length} to change.`);
  return told.items.length === 0 ? 0 : 2;
};
