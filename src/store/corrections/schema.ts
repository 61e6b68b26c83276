export interface CorrectionsTable {
  project_key: string;
  repository_id: number;
  facts_json: string;
  wake_at: number | null;
}
