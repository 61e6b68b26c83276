import type { Json } from './json.ts';

/** One request, as the server saw it. */
export interface TracedRequest {
  readonly method: string;
  readonly path: string;
  /** Sorted by key. */
  readonly query: Readonly<Record<string, string>>;
  /** Media type of what a PATCH carries. */
  readonly patch: string | null;
  /** `dryRun=All`: nothing is written. */
  readonly dryRun: boolean;
  /** Of the kubeconfig. */
  readonly user: string;
  readonly body: Json;
  /** Of the answer; 0 while there is none, or when the connection went. */
  status: number;
}
