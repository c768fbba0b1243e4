# The dialect calypso.
require "openssl"

# Whether body was signed with the secret: the secretKey of the subscription. signature is the
# header Sign ("" when missing); body is the bytes as they came (request.raw_post in Rails).
def calypso_genuine?(signature, body, secret)
  OpenSSL.secure_compare(OpenSSL::HMAC.hexdigest("SHA512", secret, body), signature)
end
