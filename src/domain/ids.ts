/**
 * Branded strings: a value of one of these types was checked once, at the border where it came in,
 * and cannot be mixed up with another afterwards.
 */
declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** A commit, 40 lower-case hex digits. */
export type Sha = Brand<'Sha'>;
/** A Git tree, 40 lower-case hex digits. */
export type TreeId = Brand<'TreeId'>;
export type RunId = Brand<'RunId'>;
export type BatchId = Brand<'BatchId'>;
/** What a lock is held on: `<numeric repository id>:<dir>:<workspace>:<name, or * where it is alone there>`. */
export type ProjectKey = Brand<'ProjectKey'>;
/** SHA-256 (hex) over the stored bytes of a plan artifact, before encryption. */
export type ArtifactDigest = Brand<'ArtifactDigest'>;
/** HMAC-SHA-256 (hex) over the meaning of a plan: what people approve. */
export type PlanDigest = Brand<'PlanDigest'>;
/** SHA-256 (hex) over everything that can change a project's plan. */
export type InputsDigest = Brand<'InputsDigest'>;
/** One press of a button of a check. That of one button by one person has one name, however often it comes. */
export type PressId = Brand<'PressId'>;

const hex40 = /^[0-9a-f]{40}$/;
const hex64 = /^[0-9a-f]{64}$/;
const identifier = /^[0-9A-Za-z_-]{8,64}$/;

const checked =
  <T extends string>(pattern: RegExp, what: string) =>
  (text: string): T => {
    if (!pattern.test(text)) throw new TypeError(`not a ${what}: ${JSON.stringify(text.slice(0, 80))}`);
    return text as T;
  };

/** Each throws a TypeError on text of another shape: by then it is our bug, not the user's. */
export const sha = checked<Sha>(hex40, 'commit id');
export const treeId = checked<TreeId>(hex40, 'tree id');
export const runId = checked<RunId>(identifier, 'run id');
export const batchId = checked<BatchId>(identifier, 'batch id');
export const artifactDigest = checked<ArtifactDigest>(hex64, 'artifact digest');
export const planDigest = checked<PlanDigest>(hex64, 'plan digest');
export const inputsDigest = checked<InputsDigest>(hex64, 'inputs digest');
export const pressId = checked<PressId>(/^[0-9A-Za-z-]{1,140}$/, 'press id');
export const projectKeyFromText = checked<ProjectKey>(/^\d+:[^:]+:[^:]+:.+$/s, 'project key');

/** First twelve digits: enough to tell commits apart for people. */
export const short = (id: Sha | TreeId | ArtifactDigest | PlanDigest | InputsDigest): string =>
  id.slice(0, 12);
