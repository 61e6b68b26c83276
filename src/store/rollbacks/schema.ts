export interface RollbacksTable {
  repository_id: number;
  pull_number: number;
  commit_sha: string;
  asker_json: string;
  authors_json: string;
  complete: number;
  branch: string;
  head_sha: string | null;
  number: number | null;
  lasting_json: string;
  asked_at: number;
}
