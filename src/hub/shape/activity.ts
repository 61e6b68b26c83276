import type { components } from '@octokit/openapi-types';
import type { Activity } from '../activity.ts';
import type { HubState } from '../state.ts';
import { accountJson, isoTime, nodeId } from './account.ts';

/** An entry of `GET /repos/{owner}/{repo}/activity`. */
export const activityJson = (state: HubState, activity: Activity): components['schemas']['activity'] => ({
  id: activity.id,
  node_id: nodeId('PSH', activity.id),
  before: activity.before,
  after: activity.after,
  ref: activity.ref,
  timestamp: isoTime(activity.at),
  activity_type: activity.type,
  actor: accountJson(state, activity.actor),
});
