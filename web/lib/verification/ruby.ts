import type { Scheme } from './scheme.ts';

export function ruby(scheme: Scheme): string {
  switch (scheme.kind) {
    case 'timed':
      return `require 'openssl'

# id, timestamp, signature: the headers webhook-id, webhook-timestamp, ${scheme.header}.
# body: the bytes as they came (request.raw_post in Rails), before any parser.
def genuine?(id, timestamp, signature, body, secret)
  return false if (Time.now.to_i - timestamp.to_i).abs > 300

  key = secret.delete_prefix('whsec_').unpack1('m')
  digest = OpenSSL::HMAC.digest('SHA256', key, "#{id}.#{timestamp}.#{body}")
  expected = "v1,#{[digest].pack('m0')}"
  signature.split.any? { |entry| OpenSSL.secure_compare(expected, entry) }
end
`;
    case 'hmac':
      return `require 'openssl'

# signature: the header ${scheme.header}.
# body: the bytes as they came (request.raw_post in Rails), before any parser.
def genuine?(signature, body, secret)
  OpenSSL.secure_compare(OpenSSL::HMAC.hexdigest('${scheme.hash.toUpperCase()}', secret, body), signature)
end
`;
    default:
      return `require 'openssl'

# signature: the header ${scheme.header}.
# body: the bytes as they came (request.raw_post in Rails), before any parser.
# public_key: the public key of the endpoint, in PEM.
def genuine?(signature, body, public_key)
  OpenSSL::PKey::RSA.new(public_key).verify('SHA256', signature.unpack1('m'), body)
end
`;
  }
}
