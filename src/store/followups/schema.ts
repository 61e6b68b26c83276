export interface FollowupsTable {
  repository_id: number;
  pull_number: number;
  attempt: number;
  commit_sha: string;
  projects_json: string;
  asker_json: string;
  authors_json: string;
  complete: number;
  branch: string;
  head_sha: string | null;
  number: number | null;
  asked_at: number;
}
