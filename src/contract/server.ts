import { type Static, Type } from 'typebox';

export const Resumed = Type.Object(
  { resumed: Type.Boolean({ description: 'False when deliveries were not paused.' }) },
  { $id: 'Resumed', description: 'What became of the pause of a server.' },
);
export type Resumed = Static<typeof Resumed>;
