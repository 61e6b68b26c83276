export interface SuspensionsTable {
  project_key: string;
  comment_id: number;
  project_json: string;
  repo_json: string;
  pull_number: number;
  by_json: string;
  reason: string;
  since: number;
  until_at: number;
  reminded: number;
}
