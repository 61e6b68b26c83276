export interface DriftPullsTable {
  project_key: string;
  attempt: number;
  repository_id: number;
  head_sha: string | null;
  number: number | null;
  facts_json: string;
}
