import type { World } from '../../src/demo/world.ts';
import { asItself, findAccount } from '../../src/hub/access.ts';
import { deleteComment, editComment } from '../../src/hub/comments.ts';
import { setDraft, updatePull } from '../../src/hub/pulls.ts';
import { dismissReview, submitReview } from '../../src/hub/reviews.ts';
import type { Actor, Comment, Pull } from '../../src/hub/state.ts';

/** Where something happens: one pull request, approved, with its `/apply`. */
export interface Scene {
  readonly world: World;
  readonly pull: Pull;
  /** The comment that asked. */
  readonly comment: Comment;
  /** Tells the tries of one repository apart. */
  readonly name: string;
}

/** What somebody does at GitHub while an apply is on its way. */
export interface Kind {
  /** Does it take away what the apply needs? */
  readonly stops: boolean;
  readonly happens: (scene: Scene) => Promise<void> | void;
  /** What is to be put right before the next try. */
  readonly undo?: (scene: Scene) => Promise<void> | void;
  /** The request that GitHub is asked by for it: `METHOD /path`. */
  readonly askedBy: (scene: Scene) => RegExp;
}

export const as = ({ hub }: World, login: string): Actor => {
  const account = findAccount(hub.state, login);
  if (account === null) throw new Error(`the hub has no user ${login}`);
  return asItself(hub.state, account);
};

const ofPull = ({ pull }: Scene): RegExp => new RegExp(`^GET .*/pulls/${pull.number}$`);
const ofReviews = ({ pull }: Scene): RegExp => new RegExp(`^GET .*/pulls/${pull.number}/reviews`);
const ofComment = ({ comment }: Scene): RegExp => new RegExp(`^GET .*/issues/comments/${comment.id}$`);
const ofPermission = (login: string) => (): RegExp =>
  new RegExp(`^GET .*/collaborators/${login}/permission$`);
/** What says where refs are comes with the second request of a fetch. */
const ofRefs = (): RegExp => /^POST .*\/git-upload-pack$/;

const pushTo = ({ world, name }: Scene, branch: string, file: string): Promise<unknown> =>
  world.hub.pushFiles(world.repository, branch, {
    files: { [file]: `locals {\n  ${name.replaceAll('-', '_')} = 1\n}\n` },
    as: 'margaret',
    message: `Meanwhile, ${name}`,
    from: 'main',
  });

const permissionOf = (login: string): Pick<Kind, 'stops' | 'happens' | 'undo' | 'askedBy'> => ({
  stops: true,
  happens: ({ world }) => world.hub.setPermission(world.repository, login, 'read'),
  undo: ({ world }) => world.hub.setPermission(world.repository, login, 'write'),
  askedBy: ofPermission(login),
});

export const kinds: Readonly<Record<string, Kind>> = {
  'pushed to': {
    stops: true,
    happens: async (scene) => void (await pushTo(scene, scene.pull.head.ref, 'network/pushed.tf')),
    askedBy: ofPull,
  },
  'base moved, inputs too': {
    stops: true,
    happens: async (scene) => void (await pushTo(scene, 'main', `network/${scene.name}.tf`)),
    askedBy: ofRefs,
  },
  'base moved, inputs not': {
    stops: false,
    happens: async (scene) => void (await pushTo(scene, 'main', `docs/${scene.name}.md`)),
    askedBy: ofRefs,
  },
  'comment edited': {
    stops: true,
    happens: ({ world, comment }) =>
      editComment(world.hub.state, comment, as(world, 'ada'), 'Not yet, please.'),
    askedBy: ofComment,
  },
  'comment deleted': {
    stops: true,
    happens: ({ world, comment }) => deleteComment(world.hub.state, comment, as(world, 'ada')),
    askedBy: ofComment,
  },
  'approval dismissed': {
    stops: true,
    happens: ({ world, pull }) => {
      const review = pull.reviews.find(({ state }) => state === 'APPROVED');
      if (review === undefined) throw new Error('nobody approved it');
      dismissReview(world.hub.state, pull, review, as(world, 'margaret'), 'Wait.');
    },
    askedBy: ofReviews,
  },
  'changes requested': {
    stops: true,
    happens: async ({ world, pull }) => {
      const wish = { event: 'REQUEST_CHANGES', body: 'Wait.' };
      await submitReview(world.hub.state, pull, as(world, 'grace'), wish);
    },
    askedBy: ofReviews,
  },
  closed: {
    stops: true,
    happens: ({ world, pull }) => updatePull(world.hub.state, pull, as(world, 'ada'), { state: 'closed' }),
    askedBy: ofPull,
  },
  'made a draft': {
    stops: true,
    happens: ({ world, pull }) => setDraft(world.hub.state, pull, as(world, 'ada'), true),
    askedBy: ofPull,
  },
  'asker may no more': permissionOf('ada'),
  'approver may no more': permissionOf('grace'),
};
