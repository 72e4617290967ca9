/* The control in C: the same notes as the player under test, by libjack and the kernel's clock alone.

   cc -O2 -o bare bare.c -ljack

   Like RtMidi it hands each message to JACK's process callback through a ring, and that puts it at the
   beginning of the next period. It speaks the lines of improvd.bench.helper. */

#define _GNU_SOURCE
#include <jack/jack.h>
#include <jack/midiport.h>
#include <jack/ringbuffer.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

enum { LOWEST_PITCH = 24, PITCHES = 96, NOTE_ON = 0x91, NOTE_OFF = 0x81, VELOCITY = 80, PRIORITY = 4 };
static const double HELD = 0.5; /* share of its step for which a note sounds; all as in improvd/bench/notes.py */

static jack_port_t *port;
static jack_ringbuffer_t *ring;

static int process(jack_nframes_t frames, void *unused)
{
    (void)unused;
    void *buffer = jack_port_get_buffer(port, frames);
    jack_midi_clear_buffer(buffer);
    jack_midi_data_t message[3];
    while (jack_ringbuffer_read_space(ring) >= sizeof message) {
        jack_ringbuffer_read(ring, (char *)message, sizeof message);
        jack_midi_event_write(buffer, 0, message, sizeof message);
    }
    return 0;
}

static void send_at(double at_s, int status, int pitch, int velocity)
{
    struct timespec at = {(time_t)at_s, (long)((at_s - (time_t)at_s) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0) {
    }
    jack_midi_data_t message[3] = {status, pitch, velocity};
    jack_ringbuffer_write(ring, (char *)message, sizeof message);
}

int main(void)
{
    jack_client_t *client = jack_client_open("improvd-bench-c", JackNoStartServer, NULL);
    if (client == NULL) {
        puts("{\"error\": \"no JACK server answers\"}");
        return 1;
    }
    ring = jack_ringbuffer_create(1 << 12);
    port = jack_port_register(client, "out", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
    jack_set_process_callback(client, process, NULL);
    jack_activate(client);
    mlockall(MCL_CURRENT | MCL_FUTURE); /* where the system allows it, like the priority */
    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){PRIORITY});
    puts("{\"ready\": true}");
    fflush(stdout);

    double begin_s, step_s;
    int count;
    if (scanf(" {\"begin_s\": %lf, \"step_s\": %lf, \"count\": %d}", &begin_s, &step_s, &count) == 3) {
        for (int number = 0; number < count; number++) {
            double due_s = begin_s + number * step_s;
            send_at(due_s, NOTE_ON, LOWEST_PITCH + number % PITCHES, VELOCITY);
            send_at(due_s + HELD * step_s, NOTE_OFF, LOWEST_PITCH + number % PITCHES, 0);
        }
    }
    while (getchar() != EOF) {
    }
    jack_client_close(client);
    return 0;
}
