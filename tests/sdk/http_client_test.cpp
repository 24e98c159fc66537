// The adapters' HTTP client against a server that keeps, breaks and forgets its connections.
#include <jackfield/http_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_server.hpp"

namespace {

using jackfield::HttpClient;
using jackfield::HttpError;
using testing::HasSubstr;
using namespace std::chrono_literals;

HttpError error_of(HttpClient& client, std::chrono::milliseconds timeout = 5s) {
  try {
    (void)client.send("POST", "/x", "", "", timeout);
  } catch (const HttpError& error) {
    return error;
  }
  return {HttpError::not_sent, "it was answered"};
}

std::string refusal(const std::string& url) {
  try {
    HttpClient client(url);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "taken";
}

TEST(HttpClient, SendsMethodPathBodyAndHeaders) {
  HttpServer server;
  server.reply(201, R"({"id":1})");
  HttpClient client(server.url("/base/"));
  const auto reply =
      client.send("POST", "/v1/checks?x=1", "application/json", R"({"a":1})", 5s, {{"Idempotency-Key", "i1/credit"}});
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.body, R"({"id":1})");
  const auto request = server.requests().at(0);
  EXPECT_THAT(request.head, HasSubstr("POST /base/v1/checks?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(request.head, HasSubstr("Host: 127.0.0.1:"));
  EXPECT_THAT(request.head, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(request.head, HasSubstr("Idempotency-Key: i1/credit"));
  EXPECT_EQ(request.body, R"({"a":1})");
}

TEST(HttpClient, KeepsItsConnection) {
  HttpServer server;
  for (int i = 0; i < 3; ++i) server.reply(200, "ok");
  HttpClient client(server.url());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.send("GET", "/", "", "", 5s).status, 200);
  EXPECT_EQ(server.requests().at(2).connection, 1);
}

TEST(HttpClient, BytesBehindAReplyAreNotTheAnswerToTheNextQuestion) {
  HttpServer server;
  server.reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirstHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nanother");
  server.reply(200, "second");
  HttpClient client(server.url());
  EXPECT_EQ(client.send("GET", "/1", "", "", 5s).body, "first");
  EXPECT_EQ(client.send("GET", "/2", "", "", 5s).body, "second");
  EXPECT_EQ(server.requests().at(1).connection, 2);
}

TEST(HttpClient, AnInterimReplyIsNotTheAnswer) {
  HttpServer server;
  server.reply("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
               "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");
  server.reply(200, "second");
  HttpClient client(server.url());
  const auto reply = client.send("POST", "/1", "", "", 5s);
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.body, "ok");
  EXPECT_EQ(client.send("GET", "/2", "", "", 5s).body, "second");
  EXPECT_EQ(server.requests().at(1).connection, 1) << "and the connection is kept";
}

TEST(HttpClient, InterimRepliesWithoutEndAreNoAnswer) {
  HttpServer server;
  std::string endless;
  for (int i = 0; i < 100; ++i) endless += "HTTP/1.1 100 Continue\r\n\r\n";
  server.reply(endless);
  HttpClient client(server.url());
  EXPECT_EQ(error_of(client).kind, HttpError::no_answer);
}

TEST(HttpClient, AStatusBelowAHundredIsNoAnswer) {
  HttpServer server;
  server.reply("HTTP/1.0 002 OK\r\nContent-Length: 2\r\n\r\nok");
  HttpClient client(server.url());
  EXPECT_EQ(error_of(client).kind, HttpError::no_answer);
}

TEST(HttpClient, AReplyOfAnyStatusIsAReply) {
  HttpServer server;
  server.reply("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
  HttpClient client(server.url());
  const auto reply = client.send("GET", "/", "", "", 5s);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.retry_after_s, 7);
}

TEST(HttpClient, AConnectionGoneStaleIsOpenedAnew) {
  HttpServer server;
  server.reply(200, "first", HttpServer::close);  // promises to keep it, and closes
  server.reply(200, "second");
  HttpClient client(server.url());
  EXPECT_EQ(client.send("GET", "/", "", "", 5s).body, "first");
  EXPECT_EQ(client.send("GET", "/", "", "", 5s).body, "second");
  EXPECT_EQ(server.requests().at(1).connection, 2);
}

TEST(HttpClient, AFreshConnectionIsNotTriedTwice) {
  HttpServer server;
  server.hang_up();
  HttpClient client(server.url());
  EXPECT_EQ(error_of(client).kind, HttpError::no_answer);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(HttpClient, ARefusedConnectionSentNothing) {
  std::string url;
  {
    HttpServer server;
    url = server.url();
  }
  HttpClient client(url);
  const auto error = error_of(client);
  EXPECT_EQ(error.kind, HttpError::not_sent);
  EXPECT_THAT(error.what(), HasSubstr("Connection refused"));
}

TEST(HttpClient, ANameThatIsNoHostSentNothing) {
  HttpClient client("http://no-such-host.invalid");
  EXPECT_EQ(error_of(client).kind, HttpError::not_sent);
}

TEST(HttpClient, SilenceIsNoAnswer) {
  HttpServer server;
  server.be_silent();
  server.reply(200, "later");
  HttpClient client(server.url());
  const auto error = error_of(client, 80ms);
  EXPECT_EQ(error.kind, HttpError::no_answer);
  EXPECT_THAT(error.what(), HasSubstr("POST /x"));
  EXPECT_EQ(client.send("GET", "/", "", "", 5s).body, "later");  // on a connection of its own
}

TEST(HttpClient, AReplyCutShortIsNoAnswer) {
  HttpServer server;
  server.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", HttpServer::close);
  HttpClient client(server.url());
  EXPECT_EQ(error_of(client).kind, HttpError::no_answer);
}

TEST(HttpClient, WhatIsNoHttpIsNoAnswer) {
  HttpServer server;
  server.reply("+++    HLR9820\r\n\r\n", HttpServer::close);
  HttpClient client(server.url());
  EXPECT_EQ(error_of(client).kind, HttpError::no_answer);
}

TEST(HttpClient, AReplyBeyondItsLimitIsNoAnswer) {
  HttpServer server;
  server.reply("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", HttpServer::close);
  HttpClient client(server.url());
  EXPECT_EQ(error_of(client).kind, HttpError::no_answer);
}

TEST(HttpClient, ManyThreadsShareIt) {
  HttpServer server;
  for (int i = 0; i < 40; ++i) server.reply(200, "ok");
  HttpClient client(server.url());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) EXPECT_EQ(client.send("POST", "/", "text/plain", "b", 5s).body, "ok");
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(server.requests().size(), 40u);
}

TEST(HttpClient, AUrlIsCheckedBeforeItIsUsed) {
  EXPECT_EQ(refusal("http://localhost"), "taken");
  EXPECT_EQ(refusal("http://[::1]:80/x"), "taken");
  for (const auto* url :
       {"", "https://a", "a:80", "http://", "http://:80", "http://a:0", "http://a:x", "http://a:70000", "http://u@a"}) {
    EXPECT_THAT(refusal(url), HasSubstr("expected http://host[:port][/prefix]")) << url;
  }
}

}  // namespace
