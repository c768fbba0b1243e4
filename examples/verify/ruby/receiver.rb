# Verifies deliveries of every dialect, at the path of its name:
# PORT=9000 STANDARD_SECRET=whsec_... ruby receiver.rb
# The loop at the end is a minimal server. In Rails, take request.headers and request.raw_post.
require "socket"
require_relative "standard"
require_relative "calypso"
require_relative "chip"
require_relative "spritz"

BODY_BYTES_MAX = 2 * 1024 * 1024

is_standard = lambda do |headers, body, secret|
  standard_genuine?(*headers.values_at("webhook-id", "webhook-timestamp", "webhook-signature").map(&:to_s), body, secret)
end
CHECKS = {
  "standard" => is_standard,
  "diddo" => is_standard,
  "calypso" => ->(headers, body, secret) { calypso_genuine?(headers["sign"].to_s, body, secret) },
  "chip" => ->(headers, body, public_key) { chip_genuine?(headers["x-signature"].to_s, body, public_key) },
  "spritz" => ->(headers, body, secret) { spritz_genuine?(headers["signature"].to_s, body, secret) },
}

def answer(dialect, headers, body)
  secret = ENV.fetch("#{dialect.upcase}_SECRET", "")
  return "404 Not Found" if secret.empty? || !CHECKS.key?(dialect)
  return "413 Content Too Large" if body.nil?
  return "400 Bad Request" unless CHECKS[dialect].call(headers, body, secret)

  # JSON.parse comes after the verification.
  puts "received #{dialect} #{body}"
  "200 OK"
end

def receive(socket)
  path = socket.gets.split(" ")[1]
  headers = {}
  while (line = socket.gets("\r\n", chomp: true)) && !line.empty?
    name, value = line.split(":", 2)
    headers[name.downcase] = value.to_s.strip
  end
  length = headers["content-length"].to_i
  body = socket.read(length) if length <= BODY_BYTES_MAX
  socket.write("HTTP/1.1 #{answer(path.delete_prefix("/"), headers, body)}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
ensure
  socket.close
end

$stdout.sync = true
server = TCPServer.new("127.0.0.1", ENV.fetch("PORT", "9000").to_i)
puts "ready"
loop { Thread.new(server.accept) { |socket| receive(socket) } }
