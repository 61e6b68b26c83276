export interface DriftsTable {
  project_key: string;
  repository_id: number;
  repo_json: string;
  project_name: string;
  ref: string;
  status: string;
  since: number;
  fingerprint: string | null;
  consecutive: number;
  checked_at: number | null;
  tick_at: number | null;
  due_at: number;
  asked_at: number | null;
  look_id: string | null;
  look_since: number | null;
  put_off_json: string | null;
  commit_sha: string | null;
  counts_json: string;
  ignored: number;
  unsettled: number;
  outputs: number;
  summary_json: string | null;
  because: string | null;
}
