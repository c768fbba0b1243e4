import { diddo } from '#dialects/diddo/index.ts';
import { client } from './clients/diddo.ts';
import { dialectServerContract } from './dialect-server.ts';
import { dialectContract } from './dialect.ts';

dialectContract(diddo, client, 'test/fixtures/diddo');
dialectServerContract(diddo, client, 'test/fixtures/diddo');
