import { standard } from '#dialects/standard/index.ts';
import { dialectContract } from './dialect.ts';

dialectContract(standard, 'test/fixtures/standard');
