import { diddo } from '#dialects/diddo/index.ts';
import { dialectContract } from './dialect.ts';

dialectContract(diddo, 'test/fixtures/diddo');
