# A receiver of Standard Webhooks (dialects standard and diddo) in Ruby, without a gem. The loop below is a minimal server; in
# Rails, give `request.headers` and `request.raw_post` to genuine?.
# PORT=9000 SECRET=whsec_... ruby receiver.rb
require "openssl"
require "socket"

KEY = ENV.fetch("SECRET").delete_prefix("whsec_").unpack1("m0")
TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 2 * 1024 * 1024

# Whether the bytes of the body were signed with the secret in the last five minutes.
def genuine?(headers, body)
  id, timestamp = headers.values_at("webhook-id", "webhook-timestamp").map(&:to_s)
  return false unless timestamp.match?(/\A\d{1,11}\z/) && (Time.now.to_i - timestamp.to_i).abs <= TOLERANCE_SECONDS

  mac = OpenSSL::HMAC.digest("SHA256", KEY, "#{id}.#{timestamp}.".b + body)
  expected = "v1,#{[mac].pack("m0")}"
  # During a rotation there are several signatures.
  headers["webhook-signature"].to_s.split(" ").any? { |given| OpenSSL.secure_compare(expected, given) }
end

def receive(socket)
  socket.gets
  headers = {}
  while (line = socket.gets("\r\n", chomp: true)) && !line.empty?
    name, value = line.split(":", 2)
    headers[name.downcase] = value.to_s.strip
  end
  length = headers["content-length"].to_i
  # The raw bytes: JSON.parse comes after the verification.
  body = length <= BODY_BYTES_MAX ? socket.read(length) : ""
  is_genuine = genuine?(headers, body)
  puts "received #{headers["webhook-id"]} #{body}" if is_genuine
  socket.write("HTTP/1.1 #{is_genuine ? "204 No Content" : "400 Bad Request"}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
ensure
  socket.close
end

$stdout.sync = true
server = TCPServer.new("127.0.0.1", ENV.fetch("PORT", "9000").to_i)
puts "ready"
loop { Thread.new(server.accept) { |socket| receive(socket) } }
