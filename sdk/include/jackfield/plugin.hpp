// Everything a plugin or adapter needs, in reading order. Include this; add database.hpp, http_client.hpp, csv.hpp,
// time_zone.hpp or json.hpp where you use them.
#pragma once

#include <jackfield/fields.hpp>    // JF_FIELDS: a struct's members, said once
#include <jackfield/codec.hpp>     // which types a member may have
#include <jackfield/any.hpp>       //   … of any shape
#include <jackfield/duration.hpp>  //   … "30m", "100ms..30s"
#include <jackfield/secret.hpp>    //   … shown as ***
#include <jackfield/path.hpp>      //   … a file beside the configuration
#include <jackfield/error.hpp>     // how a step says no
#include <jackfield/host.hpp>      // clock, log, metrics, properties
#include <jackfield/context.hpp>   // the task in hand
#include <jackfield/step.hpp>      // Step: one in, one out
#include <jackfield/async.hpp>     // AsyncStep: answered later
#include <jackfield/batch.hpp>     // BatchStep: many at once
#include <jackfield/entry.hpp>     // JACKFIELD_PLUGIN, JACKFIELD_ADAPTER
