import type { Conditions } from './ports.ts';

export const noConditions: Conditions = {
  holds: () => {
    throw new Error('not yet');
  },
  window: () => ({ open: false, because: 'windows cannot be read yet' }),
};
