# The dialect spritz.
require "openssl"

# Whether body was signed with the secret: the secret that you set, with its prefix. signature is
# the header Signature ("" when missing); body is the bytes as they came (request.raw_post in
# Rails).
def spritz_genuine?(signature, body, secret)
  OpenSSL.secure_compare(OpenSSL::HMAC.hexdigest("SHA256", secret, body), signature)
end
