import type { Clock } from '../clock/port.ts';
import type { RepositoryFiles } from '../config/repository-reader.ts';
import type { OperatorSettings } from '../config/types.ts';
import type { PlanView } from '../domain/rules/plan-view.ts';
import type { WindowRequirement } from '../domain/rules/requirement.ts';
import type { OpenWindow } from '../domain/rules/requirements.ts';
import type { Forge } from '../forge/port.ts';
import type { Git } from '../git/port.ts';
import type { Channel } from '../notify/port.ts';
import type { Log } from '../observe/log.ts';
import type { Renderer } from '../render/view.ts';
import type { ConfigurationReader, Runners } from '../runner/port.ts';
import type { LogKeeping } from '../sandbox/logs/port.ts';
import type { Artifacts, Sandbox } from '../sandbox/port.ts';
import type { Blobs } from '../store/blobs/port.ts';
import type { Store } from '../store/port.ts';
import type { Tools } from '../tools/port.ts';
import type { Checkouts } from './checkouts.ts';
import type { Generator } from './generate.ts';
import type { Snapshots } from './snapshots.ts';
import type { Space } from './space.ts';

/** What rules ask that is not in a row: compiled where it is asked, from their own text. */
export interface Conditions {
  /** Does a condition hold for a plan? Throws for one that cannot be answered. */
  holds(text: string, plan: PlanView): boolean;
  /** @param at Unix milliseconds */
  window(requirement: WindowRequirement, at: number): OpenWindow;
}

/** How old the answers of the Git host may be when something begins that cannot be taken back. */
export interface RecheckLimits {
  /** Milliseconds from the first question of a recheck to its decision. One that took longer counts for nothing. */
  readonly withinMs: number;
  /** So often it is tried, and then refused. 0: never rechecked, which only a test may ask for. */
  readonly tries: number;
}

/** Everything the road is built from. Each stage takes a Pick of what it uses. */
export interface FlowPorts {
  /** Numeric id of our own App: comments written through it never count as commands. */
  readonly appId: number;
  readonly forge: Forge;
  readonly git: Git;
  readonly runners: Runners;
  readonly configuration: ConfigurationReader;
  readonly repositoryFiles: Pick<RepositoryFiles, 'read'>;
  readonly snapshots: Snapshots;
  readonly generator: Generator;
  readonly sandbox: Sandbox;
  /**
   * For previews of what nobody trusts: nothing that a plan sees is in it. Null: none are made here, because the operator says so, or
   * because nothing on this machine keeps such a tool in.
   */
  readonly previewSandbox: Pick<Sandbox, 'open'> | null;
  readonly artifacts: Artifacts;
  readonly logs: LogKeeping;
  readonly store: Store;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly renderer: Renderer;
  readonly operator: OperatorSettings;
  readonly conditions: Conditions;
  readonly checkouts: Checkouts;
  readonly tools: Tools;
  readonly space: Space;
  /** Who else is told of what happens. */
  readonly channels: readonly Channel[];
  readonly log: Log;
  /** Takes known secrets out of a text before it leaves. */
  readonly mask: (text: string) => string;
  /** The address of a page of ours (a path), where others can open it; null where they cannot. */
  readonly pageUrl: (path: string) => string | null;
  /** HMAC-SHA-256 (hex) under this installation's own key. */
  readonly sign: (text: string) => string;
  /** Name of this machine, as tools write it into the locks they take. */
  readonly host: string;
  /** Another than the usual one, for tests. */
  readonly recheck?: RecheckLimits;
  /** Unguessable, URL-safe. */
  readonly newId: () => string;
}
