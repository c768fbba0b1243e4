import { standard } from '#dialects/standard/index.ts';
import { client } from './clients/standard.ts';
import { dialectServerContract } from './dialect-server.ts';
import { dialectContract } from './dialect.ts';

dialectContract(standard, client, 'test/fixtures/standard');
dialectServerContract(standard, client, 'test/fixtures/standard');
