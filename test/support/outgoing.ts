import type { Notification } from '../../src/domain/notification.ts';
import type { Outgoing } from '../../src/notify/port.ts';
import { repo } from '../store/samples.ts';

const applied: Notification = {
  id: '4711-12',
  type: 'apply.succeeded',
  level: 'information',
  recovered: false,
  at: Date.UTC(2026, 10, 23),
  repo,
  pullNumber: 12,
  project: { name: 'network', dir: 'stacks/network', workspace: 'default' },
  environment: 'production',
  actor: 'ada',
  runId: 'run-00000001',
  sha: 'a'.repeat(40),
  changes: { create: 1 },
  problem: null,
};

export const outgoing: Outgoing = {
  notification: applied,
  told: { title: 'network: applied', url: null, level: 'information' },
  conversation: null,
  known: { message: null, conversation: null },
};
