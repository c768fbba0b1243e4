# The dialect chip.
require "openssl"

# Whether body was signed for the webhook with this public_key (PEM). signature is the header
# X-Signature ("" when missing); body is the bytes as they came (request.raw_post in Rails).
def chip_genuine?(signature, body, public_key)
  OpenSSL::PKey::RSA.new(public_key).verify("SHA256", signature.unpack1("m"), body)
end
