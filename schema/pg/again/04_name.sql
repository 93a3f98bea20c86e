-- Names as they are compared, never as they are stored. Run again at every migrate.
--
-- The same key as text_key() makes: letter tables of its own, so that a roll-up does not
-- depend on the locale of a cluster.

create or replace function htx.small_letters(p_text text) returns text
language sql immutable parallel safe as $$
  select translate(lower(normalize(p_text, nfc) collate "C"),
    'ÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴĐÐƉðɖ',
    'àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđđđđđ')
$$;
comment on function htx.small_letters is
  'Vietnamese text in small letters, NFC, whatever the locale of the cluster.';

create or replace function htx.name_key(p_name text) returns text
language sql immutable parallel safe as $$
  select replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
    replace(replace(replace(replace(replace(replace(replace(replace(
      btrim(regexp_replace(htx.small_letters(p_name),
        E'[ \t\n\r\u00a0_\u2000-\u200b\u2010-\u2015-]+', ' ', 'g')),
    'oà', 'òa'), 'oá', 'óa'), 'oả', 'ỏa'), 'oã', 'õa'), 'oạ', 'ọa'), 'oè', 'òe'),
    'oé', 'óe'), 'oẻ', 'ỏe'), 'oẽ', 'õe'), 'oẹ', 'ọe'), 'uỳ', 'ùy'), 'uý', 'úy'),
    'uỷ', 'ủy'), 'uỹ', 'ũy'), 'uỵ', 'ụy'), 'oặ', 'ọă'), 'oậ', 'ọâ'), 'oệ', 'ọê')
$$;
comment on function htx.name_key is
  'The key by which names are matched: NFC, small letters, the tone of oa, oe, uy in one place, blanks and dashes squeezed.';

create or replace function htx.name_key_bare(p_name text) returns text
language sql immutable parallel safe as $$
  select translate(htx.name_key(p_name),
    'àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ',
    'aaaaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyyd')
$$;
comment on function htx.name_key_bare is
  'name_key without any mark: two different names may have one; a hint only.';

create or replace function htx.name_key_place(p_name text) returns text
language sql immutable parallel safe as $$
  select regexp_replace(htx.name_key(p_name), '^(thị trấn|thị xã|thành phố|đặc khu|phường'
    '|huyện|quận|xã|(tt|tx|tp|p|h|q|x)\.) *', '')
$$;
comment on function htx.name_key_place is
  'name_key of a place without the word for what it is: "TT. Phong Thổ" is "phong thổ".';
