#include "suites/replay/made.h"

#include <string.h>

#include "suites/replay/token.h"

/* Where Docker's progress streams say the outcome: the text in front of it. */
static const char *const announcements[] = {
    "Loaded image: ",      "Loaded image ID: ",    "Loaded image(s): ",
    "Successfully built ", "Successfully tagged ", "sha256:",
};

static struct span first_line(struct span s)
{
    struct span line = span_cut(&s, '\n');
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

static int announced(struct span text, struct things *out)
{
    for (size_t i = 0; i < sizeof announcements / sizeof *announcements; i++) {
        const char *said = announcements[i];
        if (!span_starts(text, said))
            continue;
        size_t n = strcmp(said, "sha256:") == 0 ? 0 : strlen(said);
        return things_add(out, THING_IMAGE, first_line((struct span){text.p + n, text.n - n}));
    }
    struct span line = first_line(text);
    return token_is_hex(line, ID_HEX) ? things_add(out, THING_IMAGE, line) : 0;
}

/* A pull's stream has the same members, but what it says there are digests of layers. */
static int made_image(const json_t *message, bool pulls, struct things *out)
{
    int rc = things_add(out, THING_IMAGE, json_span(json_object_get(message, "Id")));
    if (pulls)
        return rc;
    rc |= announced(json_span(json_object_get(message, "stream")), out);
    rc |= announced(json_span(json_object_get(message, "status")), out);
    json_t *aux = json_object_get(message, "aux");
    return rc | things_add(out, THING_IMAGE, json_span(json_object_get(aux, "ID")));
}

static int made_one(const struct route *route, const json_t *answer, struct things *out)
{
    if (route->kind == THING_VOLUME)
        return things_add(out, route->kind, json_span(json_object_get(answer, "Name")));
    return things_add(out, route->kind, json_span(json_object_get(answer, "Id"))) |
           things_add(out, route->kind, json_span(json_object_get(answer, "ID")));
}

int made_things(const struct route *route, const struct documents *response, struct things *out)
{
    bool pulls = strcmp(route->verb, "pull") == 0;
    int rc = 0;
    if (route->act != ACT_CREATE)
        return 0;
    for (size_t i = 0; i < response->n; i++)
        rc |= route->kind == THING_IMAGE ? made_image(response->v[i], pulls, out)
                                         : made_one(route, response->v[i], out);
    return rc;
}
