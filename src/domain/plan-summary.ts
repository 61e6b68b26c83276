/** What one resource change does, as the tool's JSON says; never guessed from text. */
export type ChangeAction =
  | 'create'
  | 'update'
  | 'delete'
  | 'replace'
  | 'read'
  | 'move'
  | 'import'
  | 'forget'
  | 'no-op';

export interface ResourceChange {
  readonly address: string;
  readonly previousAddress: string | null;
  readonly type: string;
  readonly provider: string;
  readonly action: ChangeAction;
  /** For a replace: which comes first. */
  readonly order: 'delete-first' | 'create-first' | null;
  /** The tool's own reason, for example `replace_because_cannot_update`. */
  readonly reason: string | null;
  /** Attribute paths that force the replacement, printable. */
  readonly replacePaths: readonly string[];
  /** Printable attribute differences, sensitive values already replaced by `(sensitive value)`. */
  readonly attributes: readonly AttributeChange[];
}

export interface AttributeChange {
  readonly path: string;
  /** JSON text, `(sensitive value)`, `(known after apply)`, or null where there is no value on that side. */
  readonly before: string | null;
  readonly after: string | null;
  readonly forcesReplacement: boolean;
}

export interface OutputChange {
  readonly name: string;
  readonly action: 'create' | 'update' | 'delete' | 'no-op';
  readonly before: string | null;
  readonly after: string | null;
}

/** A replace counts as one replace and as nothing else. */
export interface Counts {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly import: number;
  readonly move: number;
  readonly forget: number;
}

export interface PlanSummary {
  readonly formatVersion: string;
  readonly toolVersion: string;
  /** False: an apply would do nothing at all, outputs included. */
  readonly hasChanges: boolean;
  readonly counts: Counts;
  /** Everything but no-ops and reads, sorted by address. */
  readonly resources: readonly ResourceChange[];
  readonly outputs: readonly OutputChange[];
}

/** What a reader makes of a tool's plan. */
export interface PlanReading {
  readonly summary: PlanSummary;
  /**
   * Canonical text of what the plan would do; the plan digest is an HMAC over it. It holds values in
   * clear, sensitive ones too: never stored, logged or shown.
   */
  readonly meaning: string;
  /**
   * Texts that the tool marks as sensitive, for masking its other output: it forgets the mark where a provider
   * repeats the value. Never stored, logged or shown.
   */
  readonly secrets: readonly string[];
}
