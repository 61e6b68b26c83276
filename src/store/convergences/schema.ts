interface ConvergencesTable {
  run_id: string;
  project_key: string;
  repo_json: string;
  pull_number: number;
  since: number;
  until_at: number;
  due_at: number;
  looks: number;
  first_json: string | null;
  ends_lock: number;
  outcome: string | null;
  remaining_json: string;
  unsettled: number;
  because: string | null;
  ended_at: number | null;
}

interface UnsettledTable {
  project_key: string;
  address: string;
  paths_json: string;
  provider: string;
  version: string;
  run_id: string;
  since: number;
  again_run_id: string | null;
}

export interface ConvergenceTables {
  convergences: ConvergencesTable;
  unsettled: UnsettledTable;
}
