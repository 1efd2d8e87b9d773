/* Archives are compared entry by entry. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "differ/t/talk.h"

#define ID_A "736b99bfbab50be37b261090994248feecaff40e4235586f4ab9a0d9f3739821"
#define ID_B "cee31af9ed9b3cab511e8cc0486f9948d053b2fd804f4ad51dac8ec702ec30ff"

static struct conversation *stream(const char *request, const char *text)
{
    struct talk *t = talk_begin();
    talk_exchange(t, request, NULL, "200 OK", "Content-Type: application/json\r\n", text);
    return talk_done(t);
}

/* --- Archives --- */

struct file {
    const char *name;
    unsigned type, mode;
    int uid;
    long mtime;
    const char *content; /* or link target */
};

#define NOW (TALK_START + 100)

static struct conversation *tarred(const char *request, const struct file *files, size_t n,
                                   size_t cut)
{
    static char image[1 << 20];
    size_t used = 0;
    struct archive *a = archive_write_new();
    archive_write_set_format_pax_restricted(a);
    archive_write_set_bytes_in_last_block(a, 1);
    ck_assert_int_eq(archive_write_open_memory(a, image, sizeof image, &used), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        struct archive_entry *e = archive_entry_new();
        archive_entry_set_pathname(e, files[i].name);
        archive_entry_set_filetype(e, files[i].type);
        archive_entry_set_perm(e, (mode_t)files[i].mode);
        archive_entry_set_uid(e, files[i].uid);
        archive_entry_set_mtime(e, files[i].mtime, 0);
        if (files[i].type == AE_IFLNK)
            archive_entry_set_symlink(e, files[i].content);
        else
            archive_entry_set_size(e, (la_int64_t)strlen(files[i].content));
        ck_assert_int_eq(archive_write_header(a, e), ARCHIVE_OK);
        if (files[i].type == AE_IFREG)
            archive_write_data(a, files[i].content, strlen(files[i].content));
        archive_entry_free(e);
    }
    archive_write_free(a);
    struct talk *t = talk_begin();
    talk_exchange_n(t, request, NULL, "200 OK", "Content-Type: application/x-tar\r\n", image,
                    used - cut);
    return talk_done(t);
}

#define DIR_D                                                                                      \
    {                                                                                              \
        "d", AE_IFDIR, 0755, 0, 5, ""                                                              \
    }
#define FILE_F                                                                                     \
    {                                                                                              \
        "d/f", AE_IFREG, 0644, 0, 5, "text\n"                                                      \
    }
#define LINK_L                                                                                     \
    {                                                                                              \
        "d/l", AE_IFLNK, 0777, 0, 5, "f"                                                           \
    }
#define FILES 4

static const struct {
    const char *what;
    struct file a[FILES], b[FILES];
    enum finding_kind kind;
    const char *path;
} tars[] = {
    {"same", {DIR_D, FILE_F, LINK_L}, {DIR_D, FILE_F, LINK_L}, KINDS, ""},
    {"entry missing", {DIR_D, FILE_F}, {DIR_D}, KIND_ENTRY_MISSING, "tar:d/f"},
    {"entry extra", {DIR_D}, {DIR_D, FILE_F}, KIND_ENTRY_EXTRA, "tar:d/f"},
    {"directory missing with all in it",
     {DIR_D, FILE_F, LINK_L},
     {{NULL, 0, 0, 0, 0, NULL}},
     KIND_ENTRY_MISSING,
     "tar:d"},
    {"directory extra with all in it",
     {{"a", AE_IFREG, 0644, 0, 5, ""}},
     {{"a", AE_IFREG, 0644, 0, 5, ""}, DIR_D, FILE_F, LINK_L},
     KIND_ENTRY_EXTRA,
     "tar:d"},
    {"only the beginning of a name",
     {{"a", AE_IFREG, 0644, 0, 5, ""}, {"dx", AE_IFREG, 0644, 0, 5, ""}, DIR_D},
     {{"a", AE_IFREG, 0644, 0, 5, ""}, DIR_D},
     KIND_ENTRY_MISSING,
     "tar:dx"},
    {"mode",
     {FILE_F},
     {{"d/f", AE_IFREG, 0755, 0, 5, "text\n"}},
     KIND_ENTRY_FIELD,
     "tar:d/f .mode"},
    {"set-user-id",
     {FILE_F},
     {{"d/f", AE_IFREG, 04644, 0, 5, "text\n"}},
     KIND_ENTRY_FIELD,
     "tar:d/f .mode"},
    {"owner",
     {FILE_F},
     {{"d/f", AE_IFREG, 0644, 1000, 5, "text\n"}},
     KIND_ENTRY_FIELD,
     "tar:d/f .uid"},
    {"old time",
     {FILE_F},
     {{"d/f", AE_IFREG, 0644, 0, 6, "text\n"}},
     KIND_ENTRY_FIELD,
     "tar:d/f .mtime"},
    {"new time",
     {{"f", AE_IFREG, 0644, 0, NOW, "x"}},
     {{"f", AE_IFREG, 0644, 0, NOW + 9, "x"}},
     KINDS,
     ""},
    {"content",
     {FILE_F},
     {{"d/f", AE_IFREG, 0644, 0, 5, "test\n"}},
     KIND_ENTRY_CONTENT,
     "tar:d/f .content"},
    {"content gone",
     {FILE_F},
     {{"d/f", AE_IFREG, 0644, 0, 5, ""}},
     KIND_ENTRY_CONTENT,
     "tar:d/f .content"},
    {"link target",
     {LINK_L},
     {{"d/l", AE_IFLNK, 0777, 0, 5, "g"}},
     KIND_ENTRY_FIELD,
     "tar:d/l .link"},
    {"order", {DIR_D, FILE_F}, {FILE_F, DIR_D}, KIND_ORDER, "tar"},
    {"ID in content",
     {{"hostname", AE_IFREG, 0644, 0, 5, "736b99bfbab5\n"}},
     {{"hostname", AE_IFREG, 0644, 0, 5, "cee31af9ed9b\n"}},
     KINDS,
     ""},
    {"ID in name",
     {{ID_A ".json", AE_IFREG, 0644, 0, 5, "x"}},
     {{ID_B ".json", AE_IFREG, 0644, 0, 5, "x"}},
     KINDS,
     ""},
    {"JSON in it",
     {{ID_A ".json", AE_IFREG, 0644, 0, 5, "{\"a\":1,\"b\":2}"}},
     {{ID_B ".json", AE_IFREG, 0644, 0, 5, "{\"b\":2,\"a\":3}"}},
     KIND_VALUE,
     "tar:{id}.json .a"},
    {"JSON with a rule",
     {{ID_A ".json", AE_IFREG, 0644, 0, 5, "{\"created\":\"2026-11-24T13:26:58.1Z\"}"}},
     {{ID_B ".json", AE_IFREG, 0644, 0, 5, "{\"created\":\"2026-11-25T13:26:58.12Z\"}"}},
     KINDS,
     ""},
    {"rule of another file",
     {{"c.json", AE_IFREG, 0644, 0, 5, "{\"created\":\"2026-11-24T13:26:58.1Z\"}"}},
     {{"c.json", AE_IFREG, 0644, 0, 5, "{\"created\":\"2026-11-25T13:26:58.12Z\"}"}},
     KIND_VALUE,
     "tar:c.json .created"},
};

static size_t count(const struct file *f)
{
    size_t n = 0;
    while (n < FILES && f[n].name)
        n++;
    return n;
}

START_TEST(archives)
{
    const char *request = "GET /v1.41/images/x/get";
    struct comparison c;
    talk_diff(tarred(request, tars[_i].a, count(tars[_i].a), 0),
              tarred(request, tars[_i].b, count(tars[_i].b), 0), NULL, &c);
    if (tars[_i].kind == KINDS)
        ck_silent(&c, tars[_i].what);
    else
        ck_only(&c, tars[_i].kind, tars[_i].path, tars[_i].what);
    comparison_free(&c);
}
END_TEST

/* The bytes of an archive with one file. */
static const char *layer(const char *name, long mtime, size_t *n)
{
    static char image[16384];
    struct archive *a = archive_write_new();
    archive_write_set_format_pax_restricted(a);
    archive_write_set_bytes_per_block(a, 0);
    ck_assert_int_eq(archive_write_open_memory(a, image, sizeof image, n), ARCHIVE_OK);
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_mtime(e, mtime, 0);
    archive_entry_set_size(e, 1);
    ck_assert_int_eq(archive_write_header(a, e), ARCHIVE_OK);
    archive_write_data(a, "x", 1);
    archive_entry_free(e);
    archive_write_free(a);
    return image;
}

static struct conversation *image(const char *request, const char *name, long mtime)
{
    static char out[65536];
    size_t n = 0, used = 0;
    const char *inner = layer(name, mtime, &n);
    struct archive *a = archive_write_new();
    archive_write_set_format_pax_restricted(a);
    ck_assert_int_eq(archive_write_open_memory(a, out, sizeof out, &used), ARCHIVE_OK);
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, ID_A "/layer.tar");
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)n);
    ck_assert_int_eq(archive_write_header(a, e), ARCHIVE_OK);
    archive_write_data(a, inner, n);
    archive_entry_free(e);
    archive_write_free(a);
    struct talk *t = talk_begin();
    talk_exchange_n(t, request, NULL, "200 OK", "Content-Type: application/x-tar\r\n", out, used);
    return talk_done(t);
}

/* An image's layers are compared by what is in them; a tar that a user copies is bytes. */
START_TEST(layers)
{
    const char *get = "GET /v1.41/images/x/get", *cp = "GET /v1.41/containers/x/archive?path=/";
    struct comparison c;
    talk_diff(image(get, "f", NOW), image(get, "f", NOW + 7), NULL, &c);
    ck_silent(&c, "other times");
    comparison_free(&c);
    talk_diff(image(get, "f", 5), image(get, "f", 6), NULL, &c);
    ck_only(&c, KIND_ENTRY_FIELD, "tar:{id}/layer.tar!f .mtime", "old times");
    comparison_free(&c);
    talk_diff(image(get, "f", NOW), image(get, "g", NOW), NULL, &c);
    ck_found(&c, KIND_ENTRY_MISSING, "tar:{id}/layer.tar!f", "other file");
    ck_found(&c, KIND_ENTRY_EXTRA, "tar:{id}/layer.tar!g", "other file");
    comparison_free(&c);
    const struct file link[] = {{ID_A "/layer.tar", AE_IFLNK, 0644, 0, 0, "../x.tar"}};
    talk_diff(image(get, "f", NOW), tarred(get, link, 1, 0), NULL, &c);
    ck_only(&c, KIND_ENTRY_FIELD, "tar:{id}/layer.tar .type", "a link");
    comparison_free(&c);
    const struct file text[] = {{ID_A "/layer.tar", AE_IFREG, 0644, 0, 0, "no archive"}};
    talk_diff(image(get, "f", NOW), tarred(get, text, 1, 0), NULL, &c);
    ck_only(&c, KIND_ENTRY_CONTENT, "tar:{id}/layer.tar .content", "no archive");
    comparison_free(&c);
    talk_diff(tarred(get, text, 1, 0), image(get, "f", NOW), NULL, &c);
    ck_only(&c, KIND_ENTRY_CONTENT, "tar:{id}/layer.tar .content", "an archive");
    comparison_free(&c);
    talk_diff(image(cp, "f", NOW), image(cp, "f", NOW + 7), NULL, &c);
    ck_only(&c, KIND_ENTRY_CONTENT, "tar:{id}/layer.tar .content", "a user's tar");
    comparison_free(&c);
}
END_TEST

START_TEST(broken_archives)
{
    const struct file files[] = {DIR_D, FILE_F, LINK_L};
    const char *request = "GET /v1.41/containers/x/archive?path=/d";
    struct comparison c;
    talk_diff(tarred(request, files, 3, 0), tarred(request, files, 3, 2048), NULL, &c);
    ck_found(&c, KIND_ENTRY_MISSING, "tar:d/l", "cut");
    comparison_free(&c);
    talk_diff(tarred(request, files, 3, 0), stream(request, "this is no archive at all"), NULL, &c);
    ck_found(&c, KIND_NOT_TAR, "tar", "text");
    comparison_free(&c);
    talk_diff(tarred(request, files, 3, 0), stream(request, ""), NULL, &c);
    ck_found(&c, KIND_NOT_TAR, "body", "empty");
    comparison_free(&c);
    talk_diff(stream(request, "no archive"), stream(request, "no archive"), NULL, &c);
    ck_silent(&c, "neither is one");
    comparison_free(&c);
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(t, test, 0, (int)(sizeof table / sizeof *table))

int main(void)
{
    TCase *t = tcase_create("archives");
    tcase_set_timeout(t, 60);
    LOOP(archives, tars);
    tcase_add_test(t, layers);
    tcase_add_test(t, broken_archives);
    Suite *s = suite_create("archives");
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
