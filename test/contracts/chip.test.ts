import { chip } from '#dialects/chip/index.ts';
import { dialectContract } from './dialect.ts';

dialectContract(chip, 'test/fixtures/chip');
