import { asksAnything, type BranchRules, queueRuleOf, requirementsOf } from '../branch-rules.ts';
import { pullCommits } from '../facts.ts';
import { grants } from '../identity.ts';
import { decisionOf } from '../mergeability.ts';
import type { Call } from '../routes/route.ts';
import type { Operation } from './answer.ts';
import { connection } from './connection.ts';

const forEverybody = (rules: BranchRules) => ({
  requiredApprovingReviewCount: rules.approvals,
  requiresSignatures: rules.signatures,
  requiresConversationResolution: rules.conversations,
});

const forAdministrators = (rules: BranchRules) => ({
  requiresStrictStatusChecks: rules.strict,
  requiresCommitSignatures: rules.signatures,
  requiresConversationResolution: rules.conversations,
  requiresDeployments: false,
  lockBranch: false,
});

const administers = ({ identity }: Call): boolean =>
  identity.kind === 'token' &&
  identity.token.kind === 'installation' &&
  grants(identity.token.permissions, 'administration:read');

const refused = {
  type: 'FORBIDDEN',
  path: ['repository', 'pullRequest', 'baseRef', 'branchProtectionRule'],
  message: 'Resource not accessible by integration',
} as const;

export const mergeFacts: Operation = async (call, pull, variables) => {
  const { protection } = requirementsOf(pull.repo, pull.base.ref);
  const isProtected = asksAnything(protection);
  const commits = connection(await pullCommits(pull), variables['commits']);
  return {
    pullRequest: {
      headRefOid: pull.head.sha,
      reviewDecision: decisionOf(pull),
      isMergeQueueEnabled: queueRuleOf(pull.repo, pull.base.ref) !== null,
      commits: { ...commits, nodes: commits.nodes.map(() => ({ commit: { signature: null } })) },
      reviewThreads: connection(
        pull.threads.map(({ isResolved }) => ({ isResolved })),
        variables['threads'],
      ),
      baseRef: {
        refUpdateRule: isProtected ? forEverybody(protection) : null,
        branchProtectionRule: isProtected && administers(call) ? forAdministrators(protection) : null,
      },
    },
    ...(isProtected && !administers(call) ? { errors: [refused] } : {}),
  };
};
