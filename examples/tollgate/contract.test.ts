import { dialectServerContract } from '../../test/contracts/dialect-server.ts';
import { dialectContract } from '../../test/contracts/dialect.ts';
import { client } from './client.ts';
import { tollgate } from './dialect/index.ts';

dialectContract(tollgate, client, 'examples/tollgate/fixtures');
dialectServerContract(tollgate, client, 'examples/tollgate/fixtures');
