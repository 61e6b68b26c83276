import type { Generated } from 'kysely';

export interface TrackedTable {
  project_key: string;
  repository_id: number;
  repo_json: string;
  name: string;
  environment: string | null;
  project_json: string;
  desired_json: string | null;
  applied_json: string | null;
  attempted_json: string | null;
  proven_json: string | null;
  merged_json: string | null;
  pending_since: number | null;
  gone_at: number | null;
}

export interface TrackedHistoryTable {
  seq: Generated<number>;
  project_key: string;
  at: number;
  kind: string;
  facts_json: string;
}
