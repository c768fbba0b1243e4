# Standard Webhooks: the dialects standard and diddo.
require "openssl"

TOLERANCE_SECONDS = 300

# Whether body was signed with the secret in the last five minutes. id, timestamp and signature are
# the headers webhook-id, webhook-timestamp and webhook-signature ("" when missing); body is the
# bytes as they came (request.raw_post in Rails).
def standard_genuine?(id, timestamp, signature, body, secret)
  return false unless timestamp.match?(/\A\d{1,11}\z/) && (Time.now.to_i - timestamp.to_i).abs <= TOLERANCE_SECONDS

  key = secret.delete_prefix("whsec_").unpack1("m0")
  mac = OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{timestamp}.".b + body.b)
  expected = "v1,#{[mac].pack("m0")}"
  # During a rotation there is a signature for each valid secret.
  signature.split(" ").any? { |given| OpenSSL.secure_compare(expected, given) }
end
