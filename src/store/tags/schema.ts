export interface KeptTagsTable {
  repository_id: number;
  tag: string;
  commit_sha: string;
  at: number;
}

export interface TaggedTable {
  project_key: string;
  repository_id: number;
  repo_json: string;
  source_json: string;
  chosen_json: string | null;
  refused_json: string | null;
  at: number;
}
