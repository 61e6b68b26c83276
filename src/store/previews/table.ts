export interface PreviewsTable {
  repository_id: number;
  pull_number: number;
  project_key: string;
  batch_id: string;
  head_sha: string;
  tree_id: string;
  state: string;
  summary_json: string | null;
  problem_json: string | null;
  output: string | null;
}
