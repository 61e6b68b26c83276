import type { ChangeAction, Exposure } from '../plan-summary.ts';
import type { RulePath } from './rule-path.ts';

type Scalar = string | number | boolean | null;

/** What a value is held against: one of these (texts in either case; null is no value at all), or a test that is code. */
export type ValueTest = readonly Scalar[] | 'every-address' | 'policy-for-anybody' | 'policy-for-anything';

/** Of the block that a rule is about; one value at the path is enough. */
export interface RuleCondition {
  readonly path: RulePath;
  readonly values: readonly Scalar[];
  /** It has to be one of them, or none of them. */
  readonly among: boolean;
}

/** An attribute by which a change takes a protection away, or opens something to the world. */
export interface AttributeRule {
  readonly kind: Exposure['kind'];
  /** A phrase of Markdown behind a colon: "open to every address". */
  readonly says: string;
  /** The block that one finding is about; no steps: the resource. */
  readonly block: RulePath;
  /** Told of new resources as well. */
  readonly ofNew: boolean;
  /** In the block. Null: the rule is about the resource's end. */
  readonly path: RulePath | null;
  readonly is: ValueTest;
  readonly when: readonly RuleCondition[];
  /** Attributes of the block that tell what is open, such as ports. Other ones make another opening. */
  readonly about: readonly RulePath[];
  /** Every attribute of the resource that all this is about. */
  readonly attributes: readonly string[];
}

/** What undoing a change of a resource does not bring back. */
export interface LossRule {
  readonly on: readonly ChangeAction[];
  /** Of the change, as `AttributeChange.path` begins; none: whatever changes. */
  readonly paths: readonly string[];
  /** A phrase of Markdown behind a colon. */
  readonly says: string;
}

/** What is known of types of resources: data that is shipped, and what the operator adds. */
export interface DangerCatalogue {
  /** May a resource of this type hold data that nobody has elsewhere? */
  holdsData(type: string): boolean;
  /** In the order of the catalogue. */
  rulesOf(type: string): readonly AttributeRule[];
  /** What a revert does not bring back, apart from data. */
  lossesOf(type: string): readonly LossRule[];
}

/** Where nobody says anything of any type. */
export const emptyCatalogue: DangerCatalogue = {
  holdsData: () => false,
  rulesOf: () => [],
  lossesOf: () => [],
};
