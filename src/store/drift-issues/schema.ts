export interface DriftIssuesTable {
  project_key: string;
  repository_id: number;
  repo_json: string;
  number: number | null;
  state: string;
  told: string | null;
  at: number;
}
